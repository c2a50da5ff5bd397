//! Statements are declared, never composed: what runs is what was prepared in the test on both engines.

/// One SQL text that both engines understand, with `$1`, `$2`, … for its values.
#[derive(Clone, Copy, Debug)]
pub struct Statement {
    pub name: &'static str,
    pub sql: &'static str,
}

/// Declares statements as constants, and `STATEMENTS`, the list of them for the test that prepares each.
#[macro_export]
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* pub(crate) const $name: $crate::Statement = $crate::Statement {
            name: concat!(module_path!(), "::", stringify!($name)),
            sql: $sql,
        };)*
        /// Every statement of this module.
        pub const STATEMENTS: &[$crate::Statement] = &[$($name),*];
    };
}

/// The values of a statement, in order.
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::Value::from($value)),*] };
}

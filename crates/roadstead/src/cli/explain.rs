//! `explain`: what an error code means.

use super::exit::Exit;
use super::session::Session;
use crate::output::{Column, Table};
use model::{Code, Problem};
use serde_json::json;

const EXAMPLES: &str = "\
Examples:
  roadstead explain RS-4002
  roadstead explain";

/// Say what an error code means; without one, list them all.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Explain {
    /// Like RS-4002.
    #[arg(value_name = "CODE")]
    code: Option<Code>,
}

impl Explain {
    pub fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let output = &session.output;
        let shown = match &self.code {
            Some(code) => std::slice::from_ref(code),
            None => Code::ALL,
        };
        if output.is_json() {
            let items: Vec<_> = shown.iter().map(describe).collect();
            output.json(&json!({ "items": items, "next": null }));
            return Ok(Exit::Success);
        }
        match self.code {
            Some(code) => output.page(page(code)),
            None => {
                let mut table = Table::new([Column::fixed("CODE"), Column::number("HTTP"), Column::flexible("MEANS", 20)]);
                for code in Code::ALL {
                    table.row([code.to_string().into(), code.status().to_string().into(), code.title().into()]);
                }
                output.table(&table);
            }
        }
        Ok(Exit::Success)
    }
}

fn describe(code: &Code) -> serde_json::Value {
    json!({ "code": code, "title": code.title(), "status": code.status(), "page": page(*code) })
}

/// The page about it, as every gateway serves it too.
fn page(code: Code) -> &'static str {
    gateway::PAGES.iter().find(|(known, _)| *known == code).map_or(code.title(), |(_, page)| page)
}

//! Every form of an entitlement, by name.

use identity::groups::BadEntitlement::{self, *};
use identity::groups::{BadComponent, Entitlement, Part};

#[rustfmt::skip]
const GOOD: &[(&str, &str, &str)] = &[
    ("a group", "urn:mace:egi.eu:group:biomed", "urn:mace:egi.eu:group:biomed"),
    ("a role", "urn:mace:egi.eu:group:biomed:role=member", "urn:mace:egi.eu:group:biomed:role=member"),
    ("an authority (G002)", "urn:mace:egi.eu:group:biomed:role=member#aai.egi.eu", "urn:mace:egi.eu:group:biomed:role=member#aai.egi.eu"),
    ("an authority without a role", "urn:mace:egi.eu:group:biomed#aai.egi.eu", "urn:mace:egi.eu:group:biomed#aai.egi.eu"),
    ("an operator by role", "urn:mace:egi.eu:group:biomed:role=vm_operator#aai.egi.eu", "urn:mace:egi.eu:group:biomed:role=vm_operator#aai.egi.eu"),
    ("an operator by subgroup", "urn:mace:egi.eu:group:demo.fedcloud.egi.eu:vm_operator:role=member#aai.egi.eu", "urn:mace:egi.eu:group:demo.fedcloud.egi.eu:vm_operator:role=member#aai.egi.eu"),
    ("deep subgroups", "urn:geant:h-df.de:group:a:b:c:d:role=admin", "urn:geant:h-df.de:group:a:b:c:d:role=admin"),
    ("a namespace of several parts", "urn:geant:dfn.de:nfdi.de:matwerk:group:a", "urn:geant:dfn.de:nfdi.de:matwerk:group:a"),
    ("the scheme in capitals", "URN:mace:egi.eu:group:biomed", "urn:mace:egi.eu:group:biomed"),
    ("the identifier in capitals", "uRn:MaCe:egi.eu:group:biomed", "urn:mace:egi.eu:group:biomed"),
    ("small digits of encodings", "urn:nid:example.org:group:Minun%20Ryhm%c3%a4ni", "urn:nid:example.org:group:Minun%20Ryhm%C3%A4ni"),
    ("an encoded colon", "urn:geant:x:group:a%3ab", "urn:geant:x:group:a%3Ab"),
    ("an encoded equals sign", "urn:geant:x:group:role%3dadmin", "urn:geant:x:group:role%3Dadmin"),
    ("an encoded number sign", "urn:geant:x:group:a%23b", "urn:geant:x:group:a%23b"),
    ("an encoded question mark", "urn:geant:x:group:a%3Fb", "urn:geant:x:group:a%3Fb"),
    ("an encoded percent sign", "urn:geant:x:group:dem%256F", "urn:geant:x:group:dem%256F"),
    ("an encoded space", "urn:geant:x:group:a%20b", "urn:geant:x:group:a%20b"),
    ("an authority that is an address", "urn:geant:cesnet.cz:group:einfra#https://perun.cesnet.cz/?a=b", "urn:geant:cesnet.cz:group:einfra#https://perun.cesnet.cz/?a=b"),
    ("what needs no encoding", "urn:geant:x:group:a+b@c,d;e!f$g&h'i(j)k*l/m~n", "urn:geant:x:group:a+b@c,d;e!f$g&h'i(j)k*l/m~n"),
    ("a group called role", "urn:geant:x:group:role", "urn:geant:x:group:role"),
    ("a subgroup called group", "urn:geant:x:group:a:group:b", "urn:geant:x:group:a:group:b"),
    ("capitals in names stay", "urn:mace:egi.eu:group:EOServices-vo.indra.es:role=VM_Operator", "urn:mace:egi.eu:group:EOServices-vo.indra.es:role=VM_Operator"),
];

const fn wrong(part: Part, why: BadComponent) -> BadEntitlement {
    Component { part, why }
}

#[rustfmt::skip]
const BAD: &[(&str, &str, BadEntitlement)] = &[
    ("nothing", "", NotUrn),
    ("an address", "https://example.org/group:a", NotUrn),
    ("white space before", " urn:mace:egi.eu:group:biomed", NotUrn),
    ("white space behind", "urn:mace:egi.eu:group:biomed ", wrong(Part::Group, BadComponent::Unencoded(' '))),
    ("a line break behind", "urn:mace:egi.eu:group:biomed\n", wrong(Part::Group, BadComponent::Unencoded('\n'))),
    ("only the scheme", "urn:", NamespaceIdentifier),
    ("an encoded scheme", "%75rn:mace:egi.eu:group:biomed", NotUrn),
    ("a scheme of other letters", "urп:mace:egi.eu:group:biomed", NotUrn),
    ("an identifier of one letter", "urn:m:egi.eu:group:biomed", NamespaceIdentifier),
    ("an identifier with a dot", "urn:mace.:egi.eu:group:biomed", NamespaceIdentifier),
    ("an encoded identifier", "urn:m%61ce:egi.eu:group:biomed", NamespaceIdentifier),
    ("an identifier with the long s", "urn:maſe:egi.eu:group:biomed", NamespaceIdentifier),
    ("urn in urn", "urn:urn:egi.eu:group:biomed", NamespaceIdentifier),
    ("no namespace", "urn:mace:group:biomed", NoNamespace),
    ("a namespace called group", "urn:mace:group:group:biomed", NoNamespace),
    ("an empty namespace", "urn:mace::group:biomed", wrong(Part::Namespace, BadComponent::Empty)),
    ("an empty part of a namespace", "urn:mace:egi.eu::group:biomed", wrong(Part::Namespace, BadComponent::Empty)),
    ("no group", "urn:mace:egi.eu:group", wrong(Part::Group, BadComponent::Empty)),
    ("an empty group", "urn:mace:egi.eu:group:", wrong(Part::Group, BadComponent::Empty)),
    ("an empty subgroup", "urn:mace:egi.eu:group:biomed::role=member", wrong(Part::Group, BadComponent::Empty)),
    ("a colon at the end", "urn:mace:egi.eu:group:biomed:", wrong(Part::Group, BadComponent::Empty)),
    ("a capability (G027)", "urn:geant:cesnet.cz:res:storage:act:read#perun.cesnet.cz", NotAboutGroups),
    ("something else", "urn:mace:dir:entitlement:common-lib-terms", NotAboutGroups),
    ("GROUP in capitals", "urn:mace:egi.eu:GROUP:biomed", NotAboutGroups),
    ("an encoded group marker", "urn:mace:egi.eu:grou%70:biomed", wrong(Part::Namespace, BadComponent::NeedlesslyEncoded('p'))),
    ("a space before the marker", "urn:mace:egi.eu: group:biomed:role=member", wrong(Part::Namespace, BadComponent::Unencoded(' '))),
    ("the group behind a fragment", "urn:mace:egi.eu#a:group:biomed", NotAboutGroups),
    ("a role alone", "urn:mace:egi.eu:group:role=member", RoleWithoutGroup),
    ("a role in the middle", "urn:mace:egi.eu:group:biomed:role=member:sub", RoleNotLast),
    ("two roles", "urn:mace:egi.eu:group:biomed:role=member:role=admin", RoleNotLast),
    ("an empty role", "urn:mace:egi.eu:group:biomed:role=", wrong(Part::Role, BadComponent::Empty)),
    ("a role with an equals sign", "urn:mace:egi.eu:group:biomed:role=a=b", wrong(Part::Role, BadComponent::Unencoded('='))),
    ("ROLE in capitals", "urn:mace:egi.eu:group:biomed:ROLE=admin", wrong(Part::Group, BadComponent::Unencoded('='))),
    ("a role with a space", "urn:mace:egi.eu:group:biomed: role=admin", wrong(Part::Group, BadComponent::Unencoded(' '))),
    ("another attribute", "urn:mace:egi.eu:group:biomed:affiliation=staff", wrong(Part::Group, BadComponent::Unencoded('='))),
    ("an encoded letter", "urn:mace:egi.eu:group:biom%65d", wrong(Part::Group, BadComponent::NeedlesslyEncoded('e'))),
    ("an encoded dot", "urn:mace:egi%2Eeu:group:biomed", wrong(Part::Namespace, BadComponent::NeedlesslyEncoded('.'))),
    ("an encoded letter of a role", "urn:mace:egi.eu:group:biomed:role=%61dmin", wrong(Part::Role, BadComponent::NeedlesslyEncoded('a'))),
    ("an encoded r of role", "urn:mace:egi.eu:group:biomed:%72ole=admin", wrong(Part::Group, BadComponent::NeedlesslyEncoded('r'))),
    ("an encoding cut off", "urn:mace:egi.eu:group:biomed%2", wrong(Part::Group, BadComponent::BrokenEncoding)),
    ("an encoding of no digits", "urn:mace:egi.eu:group:biomed%zz", wrong(Part::Group, BadComponent::BrokenEncoding)),
    ("an encoding with a sign", "urn:mace:egi.eu:group:biomed%+2", wrong(Part::Group, BadComponent::BrokenEncoding)),
    ("an encoding across a colon", "urn:mace:egi.eu:group:biomed%2:0", wrong(Part::Group, BadComponent::BrokenEncoding)),
    ("an encoding as in JavaScript", "urn:mace:egi.eu:group:biomed%u0041", wrong(Part::Group, BadComponent::BrokenEncoding)),
    ("an encoded NUL", "urn:mace:egi.eu:group:biomed%00", wrong(Part::Group, BadComponent::Hidden('\0'))),
    ("an encoded line break", "urn:mace:egi.eu:group:biomed%0a", wrong(Part::Group, BadComponent::Hidden('\n'))),
    ("an encoded turn of direction", "urn:mace:egi.eu:group:%E2%80%AEdemo", wrong(Part::Group, BadComponent::Hidden('\u{202e}'))),
    ("an encoded zero width", "urn:mace:egi.eu:group:de%E2%80%8Bmo", wrong(Part::Group, BadComponent::Hidden('\u{200b}'))),
    ("an encoded mark of byte order", "urn:mace:egi.eu:group:%EF%BB%BFdemo", wrong(Part::Group, BadComponent::Hidden('\u{feff}'))),
    ("half a character", "urn:mace:egi.eu:group:demo%C3", wrong(Part::Group, BadComponent::NotUtf8)),
    ("a letter in too many bytes", "urn:mace:egi.eu:group:%C1%A1", wrong(Part::Group, BadComponent::NotUtf8)),
    ("half a pair", "urn:mace:egi.eu:group:%ED%A0%80", wrong(Part::Group, BadComponent::NotUtf8)),
    ("a character across two names", "urn:mace:egi.eu:group:a%C3:%A4b", wrong(Part::Group, BadComponent::NotUtf8)),
    ("a letter beyond ASCII", "urn:mace:egi.eu:group:Ryhmä", wrong(Part::Group, BadComponent::Unencoded('ä'))),
    ("a Cyrillic letter", "urn:mace:egi.eu:group:dеmo", wrong(Part::Group, BadComponent::Unencoded('е'))),
    ("a wide letter", "urn:mace:egi.eu:group:ｄemo", wrong(Part::Group, BadComponent::Unencoded('ｄ'))),
    ("a NUL", "urn:mace:egi.eu:group:demo\0", wrong(Part::Group, BadComponent::Unencoded('\0'))),
    ("an r-component", "urn:mace:egi.eu:group:biomed:role=member?+a=b", Resolution),
    ("a q-component", "urn:mace:egi.eu:group:biomed?=role=admin#aai.egi.eu", Resolution),
    ("a component behind the namespace", "urn:mace:egi.eu?+foo:group:biomed", Resolution),
    ("a lone question mark", "urn:mace:egi.eu:group:bio?med", Resolution),
    ("an empty authority", "urn:mace:egi.eu:group:biomed#", wrong(Part::Authority, BadComponent::Empty)),
    ("two authorities", "urn:mace:egi.eu:group:biomed#a#b", wrong(Part::Authority, BadComponent::Unencoded('#'))),
    ("an authority with a space", "urn:mace:egi.eu:group:biomed#a b", wrong(Part::Authority, BadComponent::Unencoded(' '))),
];

#[test]
fn good_entitlements_have_one_spelling_which_reads_back() {
    for (name, text, canonical) in GOOD {
        let entitlement: Entitlement = text.parse().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(entitlement.to_string(), *canonical, "{name}");
        assert_eq!(canonical.parse(), Ok(entitlement), "{name}");
    }
}

#[test]
fn bad_entitlements_are_refused_for_their_reason() {
    for (name, text, why) in BAD {
        assert_eq!(text.parse::<Entitlement>().as_ref(), Err(why), "{name}");
    }
    assert!(GOOD.len() + BAD.len() >= 80);
}

#[test]
fn everything_has_a_limit() {
    let long = |length: usize| format!("urn:x1:y:group:{}", "a".repeat(length)).parse::<Entitlement>();
    assert!(long(255).is_ok());
    assert_eq!(long(256), Err(wrong(Part::Group, BadComponent::TooLong)));
    assert_eq!(long(3_000_000), Err(TooLong));
    let deep = |depth: usize| format!("urn:x1:y:group{}", ":a".repeat(depth)).parse::<Entitlement>();
    assert!(deep(16).is_ok());
    assert_eq!(deep(17), Err(TooDeep { part: Part::Group }));
    let wide = format!("urn:x1{}:group:a", ":y".repeat(17));
    assert_eq!(wide.parse::<Entitlement>(), Err(TooDeep { part: Part::Namespace }));
}

#[test]
fn the_parts_are_what_they_look_like() {
    let text = "urn:geant:h-df.de:kit:group:aai-admin:super%3Aadmin:role=prime#unity.example.org";
    let entitlement: Entitlement = text.parse().expect("an entitlement");
    assert_eq!(entitlement.group().to_string(), "urn:geant:h-df.de:kit:group:aai-admin:super%3Aadmin");
    assert_eq!(entitlement.role(), Some("prime"));
    assert_eq!(entitlement.authority(), Some("unity.example.org"));
}

#[test]
fn one_satisfies_another_as_g002_says_and_no_more() {
    #[rustfmt::skip]
    let table = [
        ("itself", "urn:x1:y:group:a:role=m#q", "urn:x1:y:group:a:role=m#q", true),
        ("no authority asked for", "urn:x1:y:group:a:role=m#q", "urn:x1:y:group:a:role=m", true),
        ("another authority", "urn:x1:y:group:a:role=m#p", "urn:x1:y:group:a:role=m#q", false),
        ("no authority held", "urn:x1:y:group:a:role=m", "urn:x1:y:group:a:role=m#q", false),
        ("no role asked for", "urn:x1:y:group:a:role=m", "urn:x1:y:group:a", true),
        ("no role held", "urn:x1:y:group:a", "urn:x1:y:group:a:role=m", false),
        ("another role", "urn:x1:y:group:a:role=n", "urn:x1:y:group:a:role=m", false),
        ("a subgroup", "urn:x1:y:group:a:b:role=m", "urn:x1:y:group:a", true),
        ("a subgroup's role", "urn:x1:y:group:a:b:role=m", "urn:x1:y:group:a:role=m", false),
        ("the outer group", "urn:x1:y:group:a", "urn:x1:y:group:a:b", false),
        ("the outer group's role", "urn:x1:y:group:a:role=m", "urn:x1:y:group:a:b:role=m", false),
        ("a name that begins alike", "urn:x1:y:group:ab", "urn:x1:y:group:a", false),
        ("an encoded colon is no subgroup", "urn:x1:y:group:a%3Ab", "urn:x1:y:group:a", false),
        ("a longer namespace", "urn:x1:y:z:group:a", "urn:x1:y:group:a", false),
        ("a shorter namespace", "urn:x1:y:group:a", "urn:x1:y:z:group:a", false),
        ("another identifier", "urn:x2:y:group:a", "urn:x1:y:group:a", false),
        ("a namespace in capitals", "urn:x1:Y:group:a", "urn:x1:y:group:a", false),
        ("subgroups in another order", "urn:x1:y:group:a:c:b", "urn:x1:y:group:a:b", false),
        ("a namespace made of subgroups", "urn:x1:y:group:a:group:b", "urn:x1:y:group:b", false),
    ];
    for (name, held, required, satisfied) in table {
        let parse = |text: &str| text.parse::<Entitlement>().expect("an entitlement");
        assert_eq!(parse(held).satisfies(&parse(required)), satisfied, "{name}");
    }
}

//! Addresses of Keystone as people publish them, and what they can mean.

/// Where version 3 can be, the likeliest first. What ends with `/v3` means just that; anything else has to be tried.
pub fn candidates(published: &str) -> Vec<String> {
    let clean = collapsed(published);
    if clean.ends_with("/v3") {
        return vec![clean];
    }
    let mut all = vec![format!("{clean}/v3")];
    // What `/v2.0` belongs to has version 3 beside it.
    if let Some(base) = clean.strip_suffix("/v2.0") {
        all.insert(0, format!("{base}/v3"));
    }
    if !clean.ends_with("/identity") {
        all.push(format!("{clean}/identity/v3"));
    }
    all
}

/// Without doubled slashes, slashes at the end, queries, and versions said twice.
pub(crate) fn collapsed(published: &str) -> String {
    let published = published.trim();
    let published = published.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = published.split_once("://").unwrap_or(("https", published));
    let parts: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
    let mut path: Vec<&str> = Vec::new();
    for part in parts {
        if !(part.starts_with('v') && path.last() == Some(&part)) {
            path.push(part);
        }
    }
    format!("{scheme}://{}", path.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_understood_however_it_is_written() {
        let same = ["https://k:5000/v3", "https://k:5000/v3/", " https://k:5000//v3// ", "https://k:5000/v3/v3", "k:5000/v3"];
        for published in same {
            assert_eq!(candidates(published), ["https://k:5000/v3"], "{published}");
        }
        assert_eq!(candidates("http://k/identity/v3/"), ["http://k/identity/v3"]);
        assert_eq!(candidates("http://k/identity//"), ["http://k/identity/v3"]);
        assert_eq!(candidates("https://k:5000/"), ["https://k:5000/v3", "https://k:5000/identity/v3"]);
        assert_eq!(candidates("https://k/v2.0")[0], "https://k/v3");
    }
}

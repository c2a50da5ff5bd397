//! Recipes, from the file of the administrator to the person who types.

use super::helpers::Desk;

#[test]
fn recipes_are_read_checked_and_shown() {
    let desk = Desk::new();
    assert!(desk.type_in(&["recipes"]).err.contains("no recipes"));
    drop(desk);

    let desk = Desk::new();
    let recipe = "[[recipes]]\nname = \"sky\"\ntitle = \"Python for astronomy\"\nsystems = [\"ubuntu\", \"debian:12\"]\n\
        packages = [\"git\"]\nengine = \"apptainer\"\nsoftware = { python = [\"astropy>=6\"] }\n\
        mounts = [{ kind = \"nfs\", from = \"nfs.example.org:/export\", at = \"/data\" }]\n";
    let hidden = "[[recipes]]\nname = \"theirs\"\ncommunities = [\"vo.example.org\"]\n";
    let file = desk.write("config/roadstead/config.toml", format!("{recipe}{hidden}"));
    let shown = desk.json(&["recipes"]);
    let [sky] = shown["items"].as_array().expect("items").as_slice() else { panic!("{shown}") };
    assert_eq!((sky["name"].as_str(), sky["engine"].as_str()), (Some("sky"), Some("apptainer")));
    assert_eq!(sky["mounts"][0]["kind"], "nfs");
    let table = desk.ok(&["recipes"]);
    for word in ["sky", "Python for astronomy", "ubuntu, debian:12", "apptainer"] {
        assert!(table.contains(word), "{word} in\n{table}");
    }

    // What can never work is said before anything starts, and where.
    std::fs::write(&file, format!("{recipe}{recipe}")).expect("it is written");
    let twice = desk.type_in(&["config", "check"]);
    assert!(
        twice.code != 0 && twice.err.contains("config.toml") && twice.err.contains("two recipes are called sky"),
        "{twice:?}"
    );
}

use crate::world::World;
use identity::PersonError;

#[tokio::test]
async fn the_local_person_is_one_administrator_however_often_and_from_wherever_they_start() {
    for world in World::on_both_engines().await {
        // Several rounds: in the first, PostgreSQL's connections are still being made, and nobody meets.
        for (round, name) in (1..).zip(["ada", "grace", "emmy", "lise", "vera"]) {
            let starts = (0..8).map(|_| {
                let identity = world.identity.clone();
                tokio::spawn(async move { identity.ensure_local_person(name).await.expect("the local person") })
            });
            let mut people = Vec::new();
            for start in starts.collect::<Vec<_>>() {
                people.push(start.await.expect("a start"));
            }
            people.dedup();
            assert_eq!(people.len(), 1, "{people:?}");
            assert!(people[0].administrator);
            assert_eq!(people[0].name, name);
            assert_eq!(world.count("person").await, round, "the losers of the race left nobody behind");
        }

        let ada = world.identity.ensure_local_person("ada").await.expect("the local person");
        world.execute("UPDATE person SET administrator = 0", vec![]).await;
        let later = world.identity.ensure_local_person("ada").await.expect("the local person");
        assert!(later.id == ada.id && !later.administrator, "a right that was taken away stays away");
        assert!(matches!(world.identity.add_person("two\nlines", false).await, Err(PersonError::InvalidName)));
    }
}

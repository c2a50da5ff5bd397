use crate::world::World;
use db::args;
use identity::sealing::{KeyError, RekeyError, SealedId, SealingError, Vault};
use model::{Problem, Secret};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

const REFRESH: &str = "refresh_token";
const PASSWORD: &str = "password";

impl World {
    fn key_file(&self) -> PathBuf {
        self.directory.path().join("sealing.key")
    }

    async fn vault(&self) -> Result<Vault, KeyError> {
        self.vault_with(&self.key_file()).await
    }

    async fn vault_with(&self, key_file: &Path) -> Result<Vault, KeyError> {
        Vault::open(self.db.clone(), self.clock.clone(), key_file).await
    }

    async fn seal(&self, vault: &Vault, purpose: &'static str, text: &str) -> SealedId {
        let mut tx = self.db.begin().await.expect("begin");
        let id = vault.seal(&mut tx, purpose, &Secret::new(text.to_owned())).await.expect("sealed");
        tx.commit().await.expect("commit");
        id
    }
}

#[tokio::test]
async fn a_secret_comes_back_to_its_purpose_alone_also_after_a_restart() {
    for world in World::on_both_engines().await {
        let vault = world.vault().await.expect("a vault");
        let text = "eyJhbGciOiJSUzI1NiJ9.réfresh";
        let (id, twin) = (world.seal(&vault, REFRESH, text).await, world.seal(&vault, REFRESH, text).await);
        let empty = world.seal(&vault, PASSWORD, "").await;
        let again = world.vault().await.expect("the same key");
        assert_eq!(again.unseal(&id, REFRESH).await.expect("the secret").expose(), text);
        assert_eq!(again.unseal(&empty, PASSWORD).await.expect("the secret").expose(), "");
        assert!(matches!(again.unseal(&id, PASSWORD).await, Err(SealingError::Missing { .. })));
        assert_eq!(id.as_str().parse::<SealedId>().expect("an id"), id);
        assert!("sld-../../etc/passwd".parse::<SealedId>().is_err());

        let bytes = "SELECT bytes FROM sealed WHERE id = $1";
        let one: Vec<u8> = world.row(bytes, args![id.as_str()]).await.get("bytes").unwrap();
        let two: Vec<u8> = world.row(bytes, args![twin.as_str()]).await.get("bytes").unwrap();
        assert_ne!(one, two, "equal secrets do not look equal");
        assert_eq!(one.len(), 12 + text.len() + 16);
        assert!(world.db.is_shared() || !world.is_on_disk("RSUzI1NiJ9"));

        let mut tx = world.db.begin().await.expect("begin");
        let undone = vault.seal(&mut tx, REFRESH, &Secret::new("x".to_owned())).await.expect("sealed");
        drop(tx);
        assert!(matches!(vault.unseal(&undone, REFRESH).await, Err(SealingError::Missing { .. })));
    }
}

#[tokio::test]
async fn a_row_that_was_touched_does_not_open() {
    for world in World::on_both_engines().await {
        let vault = world.vault().await.expect("a vault");
        let is_broken =
            async |id: &SealedId, purpose| matches!(vault.unseal(id, purpose).await, Err(SealingError::Broken { .. }));

        let (mine, yours) = (world.seal(&vault, REFRESH, "mine").await, world.seal(&vault, REFRESH, "yours").await);
        let copy = "UPDATE sealed SET bytes = (SELECT bytes FROM sealed WHERE id = $2) WHERE id = $1";
        world.execute(copy, args![mine.as_str(), yours.as_str()]).await;
        assert!(is_broken(&mine, REFRESH).await, "another's row in the place of mine");
        assert_eq!(vault.unseal(&yours, REFRESH).await.expect("untouched").expose(), "yours");

        world.execute("UPDATE sealed SET purpose = $2 WHERE id = $1", args![yours.as_str(), PASSWORD]).await;
        assert!(is_broken(&yours, PASSWORD).await, "another purpose");
        assert!(matches!(vault.unseal(&yours, REFRESH).await, Err(SealingError::Missing { .. })));

        let whole = world.seal(&vault, REFRESH, "secret").await;
        let stored: Vec<u8> =
            world.row("SELECT bytes FROM sealed WHERE id = $1", args![whole.as_str()]).await.get("bytes").unwrap();
        let flipped = (0..stored.len()).map(|at| {
            let mut bytes = stored.clone();
            bytes[at] ^= 1;
            bytes
        });
        let cut = (0..stored.len()).map(|length| stored[..length].to_vec());
        for bytes in flipped.chain(cut) {
            world.execute("UPDATE sealed SET bytes = $2 WHERE id = $1", args![whole.as_str(), bytes]).await;
            assert!(is_broken(&whole, REFRESH).await);
        }
        world.execute("UPDATE sealed SET bytes = $2 WHERE id = $1", args![whole.as_str(), stored]).await;
        assert_eq!(vault.unseal(&whole, REFRESH).await.expect("whole again").expose(), "secret");
    }
}

#[tokio::test]
async fn only_the_key_of_the_database_opens_it() {
    for world in World::on_both_engines().await {
        let vault = world.vault().await.expect("a vault");
        let id = world.seal(&vault, REFRESH, "secret").await;

        let other_file = world.directory.path().join("other.key");
        let lost = world.vault_with(&other_file).await.err().expect("refused");
        assert!(matches!(lost, KeyError::Lost { .. }), "{lost}");
        assert!(!other_file.exists(), "no second key is made in silence");

        let mut digits = fs::read(world.key_file()).expect("the key");
        digits[0] = if digits[0] == b'0' { b'1' } else { b'0' };
        fs::copy(world.key_file(), &other_file).expect("a private file");
        fs::write(&other_file, &digits).expect("another key");
        let other = world.vault_with(&other_file).await.err().expect("refused");
        assert!(matches!(&other, KeyError::OtherKey { found, needed, .. } if found != needed), "{other}");

        // As after a rotation: the database's key is another, old rows still name theirs.
        let KeyError::OtherKey { found, .. } = other else { unreachable!() };
        world.execute("UPDATE setting SET value = $1 WHERE name = 'sealing_key'", args![found.as_str()]).await;
        let rotated = world.vault_with(&other_file).await.expect("the key is the database's now");
        assert!(matches!(rotated.unseal(&id, REFRESH).await, Err(SealingError::OtherKey { .. })));
        world.execute("UPDATE sealed SET key_id = $1", args![found.as_str()]).await;
        assert!(matches!(rotated.unseal(&id, REFRESH).await, Err(SealingError::Broken { .. })), "a name is no key");
    }
}

#[tokio::test]
async fn the_key_is_changed_while_secrets_are_used_and_an_interrupted_change_is_done_again() {
    for world in World::on_both_engines().await {
        let vault = world.vault().await.expect("a vault");
        let neighbour = world.vault().await.expect("of another task, with the same file");
        let mut ids = Vec::new();
        for number in 0..120 {
            ids.push(world.seal(&vault, REFRESH, &format!("secret {number}")).await);
        }
        let old_file = fs::read(world.key_file()).expect("the key");

        // A row that does not open stops the change half way.
        let spoiled = ids[110].clone();
        let row = world.row("SELECT bytes FROM sealed WHERE id = $1", args![spoiled.as_str()]).await;
        let whole: Vec<u8> = row.get("bytes").unwrap();
        world.execute("UPDATE sealed SET bytes = $2 WHERE id = $1", args![spoiled.as_str(), vec![0_u8; 40]]).await;
        assert!(vault.rekey().await.is_err());
        world.execute("UPDATE sealed SET bytes = $2 WHERE id = $1", args![spoiled.as_str(), whole]).await;
        let keys = || fs::read_to_string(world.key_file()).expect("the keys").lines().count();
        assert_eq!(keys(), 2, "what is not sealed anew needs the old one");
        for vault in [&vault, &neighbour, &world.vault().await.expect("started in between")] {
            for (number, id) in ids.iter().enumerate() {
                assert_eq!(vault.unseal(id, REFRESH).await.expect("readable").expose(), format!("secret {number}"));
            }
        }
        let between = world.seal(&neighbour, REFRESH, "between").await;

        let done = vault.rekey().await.expect("changed");
        assert_eq!((done.sealed_anew, keys()), (121, 1));
        assert_eq!(fs::metadata(world.key_file()).expect("the file").mode() & 0o777, 0o600);
        let after = world.seal(&neighbour, REFRESH, "after").await;
        let fresh = world.vault().await.expect("with the new key alone");
        for (id, text) in [(&between, "between"), (&after, "after"), (&ids[119], "secret 119"), (&spoiled, "secret 110")] {
            assert_eq!(fresh.unseal(id, REFRESH).await.expect("readable").expose(), text);
        }

        // Of those who change it at once, one does it and the others are told.
        let both = tokio::join!(vault.rekey(), neighbour.rekey(), vault.rekey());
        let done = [both.0, both.1, both.2];
        let refused = done.iter().filter(|one| matches!(one, Err(RekeyError::UnderWay))).count();
        assert!(refused < 3 && done.iter().all(|one| matches!(one, Ok(_) | Err(RekeyError::UnderWay))), "{refused}");
        assert_eq!(keys(), 1);
        assert_eq!(
            world.vault().await.expect("the key is there").unseal(&between, REFRESH).await.expect("readable").expose(),
            "between"
        );

        // Whoever copied the old key and the database has nothing.
        let stolen = world.directory.path().join("stolen.key");
        fs::copy(world.key_file(), &stolen).expect("a private file");
        fs::write(&stolen, old_file).expect("the old key");
        assert!(matches!(world.vault_with(&stolen).await, Err(KeyError::OtherKey { .. })));
    }
}

#[tokio::test]
async fn the_key_file_is_private_made_once_and_refused_when_others_can_read_it() {
    let world = World::sqlite().await;
    let path = world.key_file();
    let starts = (0..8).map(|_| {
        let (db, clock, path) = (world.db.clone(), world.clock.clone(), path.clone());
        tokio::spawn(async move { Vault::open(db, clock, &path).await.map(drop) })
    });
    for start in starts.collect::<Vec<_>>() {
        start.await.expect("a start").expect("everyone who starts has the one key");
    }
    let metadata = fs::metadata(&path).expect("the key file");
    assert_eq!((metadata.mode() & 0o777, metadata.nlink()), (0o600, 1));
    assert_eq!(fs::read_dir(world.directory.path()).unwrap().count(), 2, "nothing but the database and the key");

    for mode in [0o640, 0o604, 0o620, 0o601] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("chmod");
        let error = world.vault().await.err().expect("refused");
        assert!(matches!(error, KeyError::NotPrivate { mode: told, .. } if told == mode), "{error}");
        assert!(Problem::from(error).remedy.contains(&format!("chmod 600 {}", path.display())));
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).expect("chmod");
    world.vault().await.expect("read-only is private too");
    // Only root can give a file away; the rule is the same for everyone.
    if std::os::unix::fs::chown(&path, Some(65_534), None).is_ok() {
        let error = world.vault().await.err().expect("refused");
        assert!(matches!(error, KeyError::NotOurs { owner: 65_534, .. }), "{error}");
        std::os::unix::fs::chown(&path, Some(metadata.uid()), None).expect("chown");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("chmod");
    for bad in ["", "short", &"g".repeat(64), &"A".repeat(64), &"0".repeat(66)] {
        fs::write(&path, bad).expect("write");
        assert!(matches!(world.vault().await, Err(KeyError::NotAKey { .. })), "{bad:?}");
    }
    let nowhere = world.directory.path().join("missing/sealing.key");
    let fresh = World::sqlite().await;
    assert!(matches!(fresh.vault_with(&nowhere).await, Err(KeyError::Io { .. })));
    assert!(matches!(
        fresh.vault_with(fresh.directory.path()).await,
        Err(KeyError::NotPrivate { .. } | KeyError::NotAKey { .. })
    ));
}

//! Apptainer and udocker, the real ones, where podman is not on the path.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use model::request::{ArchiveKind, Image, Network};
use pilot::execute::{Container, Containers, End, Engine, Error, Execution, Host, Settings, execute, sweep};

use super::bench::{Bench, until};
use super::containers::Images;

/// Engines are looked for on the path, which a process has one of: so in one of its own.
#[test]
fn other_engines_are_proven_and_used_when_podman_is_not_there() {
    let images = Images::get();
    let programs = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let add = |name: &str, program: &Path| symlink(program, programs.path().join(name)).unwrap();
    let on_path = |name: &str| {
        let path = std::env::var_os("PATH").unwrap();
        std::env::split_paths(&path).map(|place| place.join(name)).find(|program| program.is_file()).expect(name)
    };
    add("udocker", &testkit::udocker());
    add("proot", &on_path("proot"));
    let mut expected = vec!["udocker"];
    match testkit::apptainer() {
        Ok(program) => {
            add("apptainer", &program);
            expected.insert(0, "apptainer");
        }
        // Where everything is proven, what was not tried does not count as passed.
        Err(reason) if std::env::var_os("CI").is_some() => panic!("Apptainer cannot be had: {reason}"),
        Err(reason) => eprintln!("NOT TRIED, as it cannot be had here: Apptainer: {reason}"),
    }
    for name in ["bwrap", "python3", "tar", "gzip", "mksquashfs", "unsquashfs", "sh", "setsid", "find"] {
        add(name, &on_path(name));
    }
    let archives = programs.path().join("archives");
    std::fs::create_dir(&archives).unwrap();
    for format in ["oci-archive", "docker-archive"] {
        images.save(format, &archives.join(format));
    }
    let tried = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "execute::engines::the_engines_on_the_path", "--ignored", "--nocapture"])
        .env("PATH", programs.path())
        .env("ENGINES", expected.join(" "))
        .env("ARCHIVES", &archives)
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&tried.stdout), String::from_utf8_lossy(&tried.stderr));
    assert!(tried.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
#[ignore = "started by the test above"]
async fn the_engines_on_the_path() {
    let host = Host::detect(&Settings::default()).await;
    let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let found = Containers::detect(&host, place.path()).await;
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0, "a trial left something");
    let names: Vec<&str> = found.engines.iter().map(Engine::name).collect();
    assert_eq!(names.join(" "), std::env::var("ENGINES").unwrap(), "{}", found.complaint());
    assert!(found.complaint().contains("podman: is not installed"), "{}", found.complaint());
    let refused = found.choose(&Image::Local("localhost/x:1".into())).unwrap_err();
    assert!(refused.contains("only podman") && refused.contains("podman: is not installed"), "{refused}");
    for engine in &found.engines {
        runs_archives(&host, engine).await;
        tells_what_is_wrong(&host, engine).await;
        keeps_the_payload_in(&host, engine).await;
    }
    if let Some(apptainer) = found.engines.iter().find(|engine| engine.name() == "apptainer") {
        runs_its_own_format(&host, apptainer).await;
    }
}

fn bench(formats: &[&str]) -> Bench {
    let bench = Bench::new();
    let archives = std::env::var("ARCHIVES").unwrap();
    for format in formats {
        std::fs::copy(Path::new(&archives).join(format), bench.work(format)).unwrap();
    }
    bench
}

fn contained(bench: &Bench, host: &Host, engine: &Engine, image: Image, argv: &[&str]) -> Execution {
    let attempt_dir = bench.path("hidden");
    let container = Container { engine: engine.clone(), image, network: Network::None, attempt_dir };
    Execution { container: Some(container), ..bench.execution(host, argv) }
}

fn oci() -> Image {
    Image::Archive { kind: ArchiveKind::Oci, path: "oci-archive".into() }
}

fn text(bench: &Bench) -> String {
    bench.stdout() + &String::from_utf8_lossy(&bench.log("stderr"))
}

async fn nothing_is_left(bench: &Bench, host: &Host) {
    assert_eq!(std::fs::read_dir(bench.path("hidden/images")).unwrap().count(), 0);
    let swept = sweep(host, &bench.attempt, &bench.path("hidden"), Duration::from_secs(60)).await;
    assert!(swept.is_clean() && swept.processes == 0, "{swept:?}");
    assert!(!std::fs::read_to_string("/proc/mounts").unwrap().contains(bench.path("hidden").to_str().unwrap()));
}

async fn runs_archives(host: &Host, engine: &Engine) {
    let bench = bench(&["oci-archive", "docker-archive"]);
    let mut ids = Vec::new();
    for (kind, path) in [(ArchiveKind::Oci, "oci-archive"), (ArchiveKind::Docker, "docker-archive")] {
        let image = Image::Archive { kind, path: path.into() };
        let report = execute(contained(&bench, host, engine, image, &[])).await.unwrap();
        assert_eq!((report.end, bench.stdout().as_str()), (End::Exited { code: 0 }, "entry point\n"), "{}", text(&bench));
        let used = report.image.unwrap();
        assert_eq!((used.engine, used.command), (engine.describe(), ["/bin/echo", "entry", "point"].map(String::from).to_vec()));
        assert!(used.digest.starts_with("sha256:") && used.digest.len() == 71, "{}", used.digest);
        ids.push(used.id);
    }
    assert_eq!(ids[0], ids[1], "the same image in both formats");

    std::fs::write(bench.work("in"), "given").unwrap();
    let script = "cat in; printf '\\377\\0raw'; echo said >&2; echo \"$HOME $PWD $TMPDIR $A\" >out; echo \"$RS_INDEX $RS_ATTEMPT\" >>out; exit 3";
    let mut execution = contained(&bench, host, engine, oci(), &["sh", "-c", script]);
    execution.command.env.insert("A".into(), "a  \"b\" #c='d' $HOME `x`,y=z".into());
    let report = execute(execution).await.unwrap();
    assert_eq!(report.end, End::Exited { code: 3 }, "{}", text(&bench));
    assert_eq!((bench.log("stdout"), bench.log("stderr")), (b"given\xff\0raw".to_vec(), b"said\n".to_vec()));
    let out = std::fs::read_to_string(bench.work("out")).unwrap();
    assert_eq!(out, format!("/work /work /tmp a  \"b\" #c='d' $HOME `x`,y=z\n0 {}\n", bench.attempt));
    assert!(report.isolated && report.usage.memory_peak_bytes.is_some(), "{:?}", report.usage);
    nothing_is_left(&bench, host).await;
}

async fn tells_what_is_wrong(host: &Host, engine: &Engine) {
    let bench = bench(&["oci-archive"]);
    let run = async |image: Image, argv: &[&str]| execute(contained(&bench, host, engine, image, argv)).await;
    std::fs::write(bench.work("noise.tar"), vec![7; 3000]).unwrap();
    std::fs::write(bench.work("data"), "no program").unwrap();
    for (kind, path) in [(ArchiveKind::Oci, "noise.tar"), (ArchiveKind::Docker, "noise.tar"), (ArchiveKind::Oci, "missing")] {
        let error = run(Image::Archive { kind, path: path.into() }, &["true"]).await.unwrap_err();
        assert!(matches!(&error, Error::Image { reason, .. } if reason.len() > 10), "{error}");
    }
    let error = run(Image::Local("localhost/x:1".into()), &["true"]).await.unwrap_err();
    assert!(matches!(&error, Error::Image { .. }), "{error}");
    let error = run(oci(), &["nonsense"]).await.unwrap_err();
    assert!(matches!(&error, Error::NotFound { word, .. } if word == "nonsense"), "{error}");
    let error = run(oci(), &["./data"]).await.unwrap_err();
    assert!(matches!(&error, Error::NotExecutable { .. } | Error::NotFound { .. }), "{error}");
    for code in [1, 2, 125, 126, 127, 255] {
        let report = run(oci(), &["sh", "-c", &format!("echo 'Error: mine' >&2; exit {code}")]).await.unwrap();
        assert_eq!(report.end, End::Exited { code });
    }
    nothing_is_left(&bench, host).await;
}

/// Each line of its output is one thing that it got.
const HOSTILE: &str = r#"
trap '' TERM INT HUP
got() { echo "GOT $1"; }
[ -e "$HIDDEN/credential" ] && got secret
cat "$HIDDEN/credential" 2>/dev/null && got "a hidden file"
cat /proc/1/root/$HIDDEN/credential 2>/dev/null && got "a hidden file by another way"
touch /outside 2>/dev/null && got "a writable image"
# What is there already, so that the computer stays as it is should this succeed.
for file in /proc/sys/kernel/hostname /proc/sys/kernel/core_pattern; do
  before=$(cat "$file")
  (echo "$before" >"$file") 2>/dev/null && got "$file"
done
# proot says that it did.
mknod device b 254 0 2>/dev/null
[ -b device ] && got "a device"
mount -t tmpfs none /tmp 2>/dev/null && got "a mount"
[ "$(grep -c : /proc/net/dev)" = 1 ] || got network
[ "$(ls /proc | grep -c '^[0-9]*$')" -lt 20 ] || got "others' processes"
grep -E '^(NoNewPrivs:.*0|CapEff:.*[1-9a-f])' /proc/self/status && got privileges
(setsid sh -c 'trap "" TERM; while :; do sleep 1000; done' &)
: >ready
while :; do sleep 1; done
"#;

async fn keeps_the_payload_in(host: &Host, engine: &Engine) {
    let bench = bench(&["oci-archive"]);
    std::fs::write(bench.path("hidden/credential"), "secret").unwrap();
    let mut execution = contained(&bench, host, engine, oci(), &["sh", "-c", HOSTILE]);
    execution.command.env.insert("HIDDEN".into(), bench.path("hidden").display().to_string());
    execution.grace = Duration::from_millis(300);
    let cancel = execution.cancel.clone();
    let running = tokio::spawn(execute(execution));
    until("it runs", || bench.work("ready").exists() || running.is_finished()).await;
    cancel.cancel();
    assert_eq!(running.await.unwrap().unwrap().end, End::Cancelled, "{}", text(&bench));
    assert!(!bench.stdout().contains("GOT"), "{}: {}", engine.describe(), bench.stdout());
    assert!(!bench.work("device").exists());
    if super::bench::is_grouped(host) {
        let mut execution = contained(&bench, host, engine, oci(), &["sh", "-c", "tail -n 1 /dev/zero"]);
        let limit_bytes = Some(256 << 20);
        execution.limits.memory_bytes = limit_bytes;
        assert_eq!(execute(execution).await.unwrap().end, End::OutOfMemory { limit_bytes });
    }
    nothing_is_left(&bench, host).await;
}

async fn runs_its_own_format(host: &Host, engine: &Engine) {
    let bench = bench(&["oci-archive"]);
    let (from, to) = (format!("oci-archive:{}", bench.work("oci-archive").display()), bench.work("image.sif"));
    let built = Command::new("apptainer").args(["--silent", "build"]).arg(&to).arg(from).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let image = Image::Archive { kind: ArchiveKind::Sif, path: "image.sif".into() };
    let report = execute(contained(&bench, host, engine, image.clone(), &[])).await.unwrap();
    assert_eq!((report.end, bench.stdout().as_str()), (End::Exited { code: 0 }, "entry point\n"), "{}", text(&bench));
    let bytes = std::fs::read(&to).unwrap();
    let (digest, _) = data::hash_reader(bytes.as_slice()).unwrap();
    assert_eq!(report.image.unwrap().digest, format!("{digest:?}"));
    let report = execute(contained(&bench, host, engine, image, &["sh", "-c", "exit 9"])).await.unwrap();
    assert_eq!(report.end, End::Exited { code: 9 });
    nothing_is_left(&bench, host).await;
}

//! Containers, with the real podman. Its images come from a storage of these tests' own.

use std::ops::Deref;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use model::request::{ArchiveKind, Image, Network};
use pilot::execute::{Container, Containers, End, Engine, Error, Execution, Host, Podman, Settings, execute, sweep};

use super::bench::{Bench, until};

const NAME: &str = "localhost/roadstead-test:2";

/// An image of busybox in a storage below the target directory, made once by whoever is first.
pub(super) struct Images(pub(super) PathBuf);

impl Images {
    pub(super) fn get() -> Self {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("images");
        std::fs::create_dir_all(&place).unwrap();
        let lock = std::fs::File::create(place.join("lock")).unwrap();
        lock.lock().unwrap();
        let images = Self(place);
        if !images.podman(&["image", "exists", NAME]).status().unwrap().success() {
            let rootfs = images.0.join("rootfs");
            let _ = std::fs::remove_dir_all(&rootfs);
            let script = "mkdir -p bin etc tmp; cp \"$(command -v busybox)\" bin; for a in $(bin/busybox --list); do \
                [ $a = busybox ] || ln -sf busybox bin/$a; done; echo root:x:0:0::/:/bin/sh >etc/passwd; echo secret >etc/shadow; \
                : >etc/foreign; chown 42:43 etc/foreign; \
                tar -cf ../rootfs.tar .";
            std::fs::create_dir(&rootfs).unwrap();
            assert!(Command::new("sh").args(["-ec", script]).current_dir(&rootfs).status().unwrap().success());
            let tar = images.0.join("rootfs.tar");
            let changes = ["-c", "ENTRYPOINT [\"/bin/echo\", \"entry\"]", "-c", "CMD [\"point\"]", "-c", "ENV PATH=/bin"];
            let mut import = images.podman(&["import", "-q"]);
            assert!(import.args(changes).arg(&tar).arg(NAME).stdout(std::process::Stdio::null()).status().unwrap().success());
        }
        images
    }

    pub(super) fn podman(&self, arguments: &[&str]) -> Command {
        let configuration = self.0.join("storage.conf");
        let text = format!(
            "[storage]\ndriver = \"overlay\"\ngraphroot = \"{0}/storage\"\nrunroot = \"/run/rs-test\"\n",
            self.0.display()
        );
        std::fs::write(&configuration, text).unwrap();
        let mut command = testkit::podman();
        command.env("CONTAINERS_STORAGE_CONF", configuration).args(arguments);
        command
    }

    pub(super) fn save(&self, format: &str, to: &Path) {
        let saved = self.podman(&["save", "-q", "--format", format, "-o", to.to_str().unwrap(), NAME]).output().unwrap();
        assert!(saved.status.success(), "{saved:?}");
    }

    /// Everything that exists in it, to see that nothing changes.
    fn listing(&self) -> String {
        let listed = self.podman(&["images", "--all", "--format", "{{.ID}} {{.Repository}}:{{.Tag}}"]).output().unwrap();
        let containers =
            self.podman(&["ps", "--all", "--external", "--format", "{{.ID}} {{.Image}} {{.Names}}"]).output().unwrap();
        format!("{}{}", String::from_utf8_lossy(&listed.stdout), String::from_utf8_lossy(&containers.stdout))
    }
}

/// This computer with an engine that reads the tests' images.
async fn host(images: &Images) -> (Host, Podman) {
    static ENGINE: OnceLock<Podman> = OnceLock::new();
    let mut host = Host::detect(&Settings::default()).await;
    if ENGINE.get().is_none() {
        let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let found = Containers::detect(&host, place.path()).await;
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0, "the trial left something");
        let Some(Engine::Podman(podman)) = found.engines.first() else {
            panic!("podman does not work here: {}", found.complaint())
        };
        let _ = ENGINE.set(podman.clone());
        host.containers = found;
    }
    let podman = Podman { images: images.0.join("storage"), ..ENGINE.get().unwrap().clone() };
    (host, podman)
}

/// A bench whose containers end with its test, also with one that fails: nobody else looks for them.
struct Dock {
    bench: Bench,
    host: Host,
}

impl Dock {
    fn new(host: &Host) -> Self {
        Self { bench: Bench::new(), host: host.clone() }
    }
}

impl Deref for Dock {
    type Target = Bench;

    fn deref(&self) -> &Bench {
        &self.bench
    }
}

impl Drop for Dock {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        let (host, attempt, directory) = (&self.host, &self.attempt, &self.path("hidden"));
        let sweeping = async { sweep(host, attempt, directory, Duration::from_secs(60)).await };
        // On a thread of its own, as the test's is one of a runtime.
        let swept = std::thread::scope(|scope| {
            let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build();
            scope.spawn(move || runtime().map(|runtime| runtime.block_on(sweeping))).join()
        });
        eprintln!("what the failed test had started: {swept:?}");
    }
}

fn contained(bench: &Bench, host: &Host, podman: &Podman, image: Image, argv: &[&str]) -> Execution {
    let attempt_dir = bench.path("hidden");
    let container = Container { engine: Engine::Podman(podman.clone()), image, network: Network::None, attempt_dir };
    Execution { container: Some(container), ..bench.execution(host, argv) }
}

fn named() -> Image {
    Image::Local(NAME.into())
}

/// Ends the attempt, and proves that nothing of it is left anywhere.
async fn nothing_is_left(bench: &Bench, host: &Host) {
    let swept = sweep(host, &bench.attempt, &bench.path("hidden"), Duration::from_secs(60)).await;
    assert!(swept.is_clean(), "{swept:?}");
    let tail = &bench.attempt[bench.attempt.len().saturating_sub(14)..];
    assert!(!Path::new("/run").join(format!("roadstead-{tail}")).exists());
    // Where runtimes keep their state when nobody tells them otherwise: ours would be told by the attempt's path in it.
    let state = Command::new("grep").args(["-rls", &bench.attempt, "/run/runc", "/run/crun"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&state.stdout), "");
    let mounts = std::fs::read_to_string("/proc/mounts").unwrap();
    assert!(!mounts.contains(bench.path("hidden").to_str().unwrap()), "{mounts}");
    let groups = Command::new("find").args(["/sys/fs/cgroup", "-name", &format!("*{}*", bench.attempt)]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&groups.stdout), "");
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let arguments = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let arguments = String::from_utf8_lossy(&arguments);
        assert!(!arguments.contains(bench.path("hidden").to_str().unwrap()), "{arguments}");
    }
}

#[tokio::test]
async fn runs_what_an_image_holds_and_tells_which_one_it_was() {
    let images = Images::get();
    let (host, podman) = host(&images).await;
    let before = images.listing();
    let bench = Dock::new(&host);
    std::fs::write(bench.work("in"), "given").unwrap();
    let report = execute(contained(&bench, &host, &podman, named(), &[])).await.unwrap();
    assert_eq!((report.end, bench.stdout().as_str()), (End::Exited { code: 0 }, "entry point\n"));
    let image = report.image.unwrap();
    assert_eq!((image.name.as_deref(), image.command), (Some(NAME), ["/bin/echo", "entry", "point"].map(String::from).to_vec()));
    for digest in [&image.digest, &image.id] {
        assert!(digest.starts_with("sha256:") && digest.len() == 71, "{digest}");
    }

    let script = "cat in; printf '\\377\\0raw'; echo said >&2; echo \"$HOME $PWD $TMPDIR $A\" >out; id -u >>out; exit 3";
    let mut execution = contained(&bench, &host, &podman, named(), &["sh", "-c", script]);
    execution.command.env.insert("A".into(), "a  \"b\" #c='d' $HOME".into());
    let report = execute(execution).await.unwrap();
    assert_eq!(report.end, End::Exited { code: 3 });
    assert_eq!((bench.log("stdout"), bench.log("stderr")), (b"given\xff\0raw".to_vec(), b"said\n".to_vec()));
    assert_eq!(std::fs::read_to_string(bench.work("out")).unwrap(), "/work /work /tmp a  \"b\" #c='d' $HOME\n0\n");
    let owner = bench.work("out").metadata().unwrap().uid();
    assert_eq!(owner, rustix::process::getuid().as_raw(), "files belong to whoever runs the pilot");
    assert!(report.usage.memory_peak_bytes.is_some() && report.usage.cpu_ms.is_some(), "{:?}", report.usage);
    assert_eq!(images.listing(), before, "the person's storage is only read");
    nothing_is_left(&bench, &host).await;
}

#[tokio::test]
async fn tells_an_image_or_a_command_that_cannot_be_used() {
    let images = Images::get();
    let (host, podman) = host(&images).await;
    let bench = Dock::new(&host);
    let run = async |image: Image, argv: &[&str]| execute(contained(&bench, &host, &podman, image, argv)).await;
    std::fs::write(bench.work("noise.tar"), vec![7; 3000]).unwrap();
    std::fs::write(bench.work("data"), "no program").unwrap();
    let archive = |kind, path: &str| Image::Archive { kind, path: path.into() };
    for image in [
        Image::Local("localhost/nowhere:1".into()),
        archive(ArchiveKind::Oci, "noise.tar"),
        archive(ArchiveKind::Docker, "noise.tar"),
        archive(ArchiveKind::Oci, "missing.tar"),
    ] {
        let error = run(image.clone(), &["true"]).await.unwrap_err();
        assert!(matches!(&error, Error::Image { reason, .. } if reason.len() > 10), "{image:?}: {error}");
    }
    let error = run(named(), &["nonsense"]).await.unwrap_err();
    assert!(matches!(&error, Error::NotFound { word, .. } if word == "nonsense"), "{error}");
    let error = run(named(), &["./data"]).await.unwrap_err();
    assert!(matches!(&error, Error::NotExecutable { word, .. } if word == "./data"), "{error}");
    // What engines say with the same codes, payloads may say as well.
    for code in [125, 126, 127] {
        let report = run(named(), &["sh", "-c", &format!("exit {code}")]).await.unwrap();
        assert_eq!(report.end, End::Exited { code });
    }
    let report = run(named(), &["sh", "-c", "kill -KILL $$; kill -SEGV 1; exit 4"]).await.unwrap();
    assert_eq!(report.end, End::Exited { code: 4 }, "the kernel protects the first process of a container from itself");
    let report = run(named(), &["sh", "-c", "sh -c 'kill -SEGV $$'; exit $?"]).await.unwrap();
    assert_eq!(report.end, End::Signalled { signal: 11 });
    nothing_is_left(&bench, &host).await;
}

#[tokio::test]
async fn runs_archives_whose_names_mislead_nobody() {
    let images = Images::get();
    let (host, podman) = host(&images).await;
    let before = images.listing();
    let bench = Dock::new(&host);
    for (kind, format) in [(ArchiveKind::Oci, "oci-archive"), (ArchiveKind::Docker, "docker-archive")] {
        let path = format!("{format}.tar");
        let to = bench.work(&path);
        // It claims to be the image of that name.
        images.save(format, &to);
        let report = execute(contained(&bench, &host, &podman, Image::Archive { kind, path }, &[])).await.unwrap();
        assert_eq!((report.end, bench.stdout().as_str()), (End::Exited { code: 0 }, "entry point\n"), "{format}");
        assert!(report.image.unwrap().id.starts_with("sha256:"));
    }
    assert_eq!(images.listing(), before);
    nothing_is_left(&bench, &host).await;
}

/// Tries what an image from a stranger might: each line of its output is one thing that it got.
const HOSTILE: &str = r#"
trap '' TERM INT HUP
got() { echo "GOT $1"; }
for secret in /home /etc/roadstead /var/lib/containers /run/podman /run/docker.sock ../hidden; do
  [ -e "$secret" ] && got "$secret"
done
env | grep -i -E 'token|secret|proxy|CONTAINERS_CONF' && got environment
cat /proc/1/environ /proc/*/environ 2>/dev/null | tr '\0' '\n' | grep -E 'CONTAINERS|RS_CREDENTIAL' && got "another environment"
touch /outside 2>/dev/null && got "a writable image"
echo x >/proc/sys/kernel/hostname 2>/dev/null && got sysctl
echo b >/proc/sysrq-trigger 2>/dev/null && got sysrq
mknod device b 254 0 2>/dev/null && got "a device"
mount -t tmpfs none /mnt 2>/dev/null && got "a mount"
mount --bind / /work 2>/dev/null && got "a bind mount"
chown 1234 /work 2>/dev/null && got chown
mkdir /sys/fs/cgroup/memory/mine 2>/dev/null && got "a control group"
echo 1 >/sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null && got "its own limit"
[ "$(ls /sys/class/net)" = lo ] || got network
[ "$(ls /proc | grep -c '^[0-9]*$')" -lt 20 ] || got "others' processes"
ls /dev | grep -E '^(sd|vd|mem|kmsg)' && got "a device of the computer"
grep -E '^(NoNewPrivs:.*0|CapEff:.*[1-9a-f])' /proc/self/status && got privileges
(setsid sh -c 'trap "" TERM; while :; do sleep 1000; done' &)
# Before the bomb, which leaves nothing to anybody else.
: >ready
bomb() { bomb | bomb & }
bomb 2>/dev/null
while :; do sleep 1; done
"#;

#[tokio::test]
async fn a_hostile_image_gets_nothing_and_is_ended_whole() {
    let images = Images::get();
    let (host, podman) = host(&images).await;
    let bench = Dock::new(&host);
    std::fs::write(bench.path("hidden/credential"), "secret").unwrap();
    let mut execution = contained(&bench, &host, &podman, named(), &["sh", "-c", HOSTILE]);
    execution.limits.memory_bytes = Some(512 << 20);
    execution.limits.cores = Some(1);
    execution.grace = Duration::from_millis(300);
    let cancel = execution.cancel.clone();
    let running = tokio::spawn(execute(execution));
    until("it runs", || bench.work("ready").exists()).await;
    cancel.cancel();
    let report = running.await.unwrap().unwrap();
    assert!(matches!(report.end, End::Cancelled | End::OutOfMemory { .. }), "{:?}", report.end);
    assert!(!bench.stdout().contains("GOT"), "{}", bench.stdout());
    assert!(!bench.work("device").exists());
    nothing_is_left(&bench, &host).await;
}

#[tokio::test]
async fn keeps_the_limits() {
    let images = Images::get();
    let (host, podman) = host(&images).await;
    let bench = Dock::new(&host);
    for script in ["tail -n 1 /dev/zero", "tail -n 1 /dev/zero; exit 0"] {
        let mut execution = contained(&bench, &host, &podman, named(), &["sh", "-c", script]);
        let limit_bytes = Some(64 << 20);
        execution.limits.memory_bytes = limit_bytes;
        let report = execute(execution).await.unwrap();
        assert_eq!(report.end, End::OutOfMemory { limit_bytes }, "{script}");
        assert!(report.usage.memory_peak_bytes.unwrap().value <= 64 << 20);
    }
    let mut execution =
        contained(&bench, &host, &podman, named(), &["sh", "-c", "trap 'echo saved; exit 0' TERM; while :; do sleep 0.1; done"]);
    execution.limits.walltime = Some(Duration::from_secs(3));
    let report = execute(execution).await.unwrap();
    assert_eq!((report.end, bench.stdout().as_str()), (End::Walltime, "saved\n"));
    nothing_is_left(&bench, &host).await;
}

/// The pilot of the test below: this very program, started again to be killed.
#[tokio::test]
#[ignore = "started by the test below"]
async fn a_pilot_to_be_killed() {
    let (host, podman): (Host, Podman) = serde_json::from_str(&std::env::var("CONTAINERS_ENGINE").unwrap()).unwrap();
    let place = PathBuf::from(std::env::var("CONTAINERS_PLACE").unwrap());
    let bench = Bench::new();
    let script = "(setsid sleep 1000 &); echo $((1+1)) >ready; trap '' TERM; while :; do sleep 1; done";
    let mut execution = contained(&bench, &host, &podman, named(), &["sh", "-c", script]);
    execution.command.work_dir = place.join("work");
    execution.command.temp_dir = place.join("temp");
    execution.logs = place.join("logs");
    execution.command.mark = pilot::execute::Mark::new(&std::env::var("CONTAINERS_ATTEMPT").unwrap(), 7).unwrap();
    execution.container.as_mut().unwrap().attempt_dir = place;
    execute(execution).await.unwrap();
}

#[tokio::test]
async fn nothing_of_a_killed_pilots_container_stays() {
    let images = Images::get();
    let (host, podman) = host(&images).await;
    let before = images.listing();
    let bench = Dock::new(&host);
    let mut pilot = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "execute::containers::a_pilot_to_be_killed", "--ignored"])
        .env("CONTAINERS_ENGINE", serde_json::to_string(&(&host, &podman)).unwrap())
        .env("CONTAINERS_PLACE", bench.path("hidden"))
        .env("CONTAINERS_ATTEMPT", &bench.attempt)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    until("it runs", || bench.work("ready").exists()).await;
    pilot.kill().unwrap();
    pilot.wait().unwrap();
    let groups =
        || Command::new("find").args(["/sys/fs/cgroup", "-name", "libpod-*", "-path", &format!("*{}*", bench.attempt)]).output();
    assert!(!groups().unwrap().stdout.is_empty(), "the container outlives its pilot, until somebody sweeps");
    // Another attempt's sweep lets it alone.
    let other = sweep(&host, &format!("{}0", bench.attempt), Path::new("/nowhere"), Duration::from_secs(10)).await;
    assert!(other.is_clean() && !groups().unwrap().stdout.is_empty());
    nothing_is_left(&bench, &host).await;
    assert_eq!(images.listing(), before);
}

/// `cargo nextest run -p pilot --run-ignored only what_a_container_costs --no-capture`
#[tokio::test]
#[ignore = "a measurement"]
async fn what_a_container_costs() {
    let images = Images::get();
    let (host, podman) = host(&images).await;
    let bench = Dock::new(&host);
    let mut medians = Vec::new();
    for contained_too in [false, true] {
        let mut all = Vec::new();
        for _ in 0..9 {
            let begun = std::time::Instant::now();
            let execution = match contained_too {
                true => contained(&bench, &host, &podman, named(), &["true"]),
                false => bench.execution(&host, &["true"]),
            };
            assert_eq!(execute(execution).await.unwrap().end, End::Exited { code: 0 });
            all.push(begun.elapsed());
        }
        all.sort();
        medians.push(all[4]);
    }
    println!("a command: {:?}, in a container: {:?} (medians of 9)", medians[0], medians[1]);
    nothing_is_left(&bench, &host).await;
}

use std::collections::BTreeSet;

use pilot::execute::{Confinement, End, Error, Host, Limiter, Need, Settings, execute};

use super::bench::{Bench, modes};

#[tokio::test]
async fn gives_the_command_nothing_of_its_own() {
    for (mode, host) in modes().await {
        let bench = Bench::new();
        let mut execution = bench.execution(
            &host,
            &["/bin/sh", "-c", "tr '\\0' '\\n' </proc/$$/environ; echo ==; ls /proc/$$/fd; echo ==; readlink /proc/$$/fd/0; cat /proc/$$/cgroup; pwd"],
        );
        execution.command.env.insert("GIVEN".into(), "a 'b' \"c\" $d\nsecond line".into());
        execution.command.env.insert("LANG".into(), "de_DE".into());
        let report = execute(execution).await.unwrap();
        let out = bench.stdout();
        let err = String::from_utf8(bench.log("stderr")).unwrap();
        assert_eq!(report.end, End::Exited { code: 0 }, "{mode}: {err}");
        let mut parts = out.split("==\n");
        let work = bench.work("").canonicalize().unwrap().display().to_string();
        let work = work.trim_end_matches('/');
        let temp = if report.isolated { "/tmp".into() } else { bench.path("hidden/temp").display().to_string() };
        let expected: BTreeSet<String> = [
            "GIVEN=a 'b' \"c\" $d",
            "second line",
            &format!("HOME={work}"),
            "LANG=de_DE",
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            &format!("PWD={work}"),
            &format!("RS_ATTEMPT={}", bench.attempt),
            "RS_INDEX=0",
            &format!("TMPDIR={temp}"),
        ]
        .map(str::to_owned)
        .into();
        let found: BTreeSet<String> = parts.next().unwrap().lines().map(str::to_owned).collect();
        assert_eq!(found, expected, "{mode}");
        assert_eq!(parts.next().unwrap().split_whitespace().collect::<Vec<_>>(), ["0", "1", "2"], "{mode}");
        let rest = parts.next().unwrap();
        assert!(rest.starts_with("/dev/null\n") && rest.ends_with(&format!("{work}\n")), "{mode}: {rest}");
        let grouped = rest.contains(&format!("roadstead-{}-0", bench.attempt));
        assert_eq!(grouped, mode.ends_with("cgroup"), "{mode}: {rest}");
    }
}

#[tokio::test]
async fn shows_a_confined_command_only_what_it_may_see() {
    for (mode, host) in modes().await.filter(|(mode, _)| mode.starts_with("bubblewrap")) {
        let bench = Bench::new();
        std::fs::write(bench.path("hidden/secret"), "secret").unwrap();
        std::fs::write(bench.path("token"), "secret").unwrap();
        std::fs::write(bench.path("readable"), "public").unwrap();
        let (hidden, token, outside) = (bench.path("hidden"), bench.path("token"), bench.path(""));
        let script = format!(
            "no() {{ if \"$@\" 2>/dev/null; then echo \"could: $*\"; fi; }}
             no cat {hidden}/secret; no ls {hidden}/logs; no grep . {token}; no touch {hidden}/x; no touch {outside}/x; no touch /etc/x
             no sh -c 'echo x >{token}'; no mount -t tmpfs none /mnt; no umount {hidden}; no sh -c 'read -r x </proc/sys/kernel/core_pattern; echo $x >/proc/sys/kernel/core_pattern'; no kill -0 {pilot}; no chroot / true
             no grep -q 'CapEff:.*[1-9a-f]' /proc/self/status
             ls {hidden}; cat {outside}/readable; echo; echo written >file && cat file; touch /tmp/x && ls /tmp; ls -d /proc/[0-9]* | wc -l",
            hidden = hidden.display(),
            token = token.display(),
            outside = outside.display(),
            pilot = std::process::id(),
        );
        let mut execution = bench.shell(&host, &script);
        execution.isolation.need = Need::Required;
        execution.isolation.hide.push(token);
        let report = execute(execution).await.unwrap();
        assert_eq!(report.end, End::Exited { code: 0 }, "{mode}");
        let out = bench.stdout();
        let lines: Vec<&str> = out.lines().collect();
        assert_eq!(
            lines[..4],
            ["work", "public", "written", "x"],
            "{mode}: {out}{}",
            String::from_utf8_lossy(&bench.log("stderr"))
        );
        assert!(lines[4].trim().parse::<u32>().unwrap() < 8, "{mode}: sees other processes: {out}");
        assert_eq!(std::fs::read_to_string(bench.work("file")).unwrap(), "written\n");
        assert_eq!(std::fs::read_to_string(bench.path("token")).unwrap(), "secret");
    }
}

#[tokio::test]
async fn refuses_to_run_without_the_isolation_that_is_required() {
    let bench = Bench::new();
    let settings = Settings { bubblewrap: Some("/bin/false".into()), use_cgroups: false, ..Settings::default() };
    let host = Host::detect(&settings).await;
    assert!(matches!(&host.isolation, Confinement::None { reason } if reason.contains("/bin/false")), "{host:?}");
    assert!(matches!(&host.limits, Limiter::Sampling { reason } if reason.contains("switched off")), "{host:?}");
    let mut execution = bench.shell(&host, "touch ran");
    execution.isolation.need = Need::Required;
    let error = execute(execution).await.unwrap_err();
    assert!(matches!(&error, Error::NotIsolated(reason) if reason.contains("/bin/false")), "{error}");
    assert!(!bench.work("ran").exists());

    // A bwrap that answers and fails later is the sandbox's failure, not the command's.
    let broken = Host { isolation: Confinement::Bubblewrap { program: "/bin/false".into() }, ..host };
    let error = execute(bench.shell(&broken, "touch ran")).await.unwrap_err();
    assert!(matches!(error, Error::Sandbox(_)) && !bench.work("ran").exists(), "{error}");
}

#[tokio::test]
async fn passes_the_facts_of_a_host_on() {
    for (_, host) in modes().await {
        let text = serde_json::to_string(&host).unwrap();
        assert_eq!(serde_json::from_str::<Host>(&text).unwrap(), host, "{text}");
    }
}

/// A mount of somebody else's that vanishes while bwrap copies all mounts; here bwrap only says so.
#[tokio::test]
async fn begins_although_mounts_of_others_vanish() {
    for (mode, host) in modes().await.filter(|(mode, _)| mode.starts_with("bubblewrap")) {
        let Confinement::Bubblewrap { program } = &host.isolation else { panic!("{mode}") };
        for (vanishing, begins) in [(3, true), (1_000, false)] {
            let bench = Bench::new();
            let (left, wrapper) = (bench.path("left"), bench.path("bwrap"));
            std::fs::write(&left, "x".repeat(vanishing)).unwrap();
            let script = format!(
                "#!/bin/sh\nread -r left <{left}\nif [ -n \"$left\" ]; then echo \"${{left#x}}\" >{left}\n\
                 printf 'bwrap: ' >&2; printf \"Can't bind mount /oldroot/ on /newroot/: Unable to apply mount flags: \
                 remount \\\"/newroot/run/x\\\": No such file or directory\\n\" >&2; exit 1; fi\nexec {program} \"$@\"\n",
                left = left.display(),
                program = program.display()
            );
            std::fs::write(&wrapper, script).unwrap();
            std::fs::set_permissions(&wrapper, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
            let host = Host { isolation: Confinement::Bubblewrap { program: wrapper }, ..host.clone() };
            let ended = bench.run(&host, "echo out; echo bwrap: mine >&2").await;
            if begins {
                assert_eq!(ended.unwrap().end, End::Exited { code: 0 }, "{mode}");
                assert_eq!(
                    (bench.stdout().as_str(), bench.log("stderr").as_slice()),
                    ("out\n", b"bwrap: mine\n".as_slice()),
                    "{mode}"
                );
            } else {
                let Err(Error::Sandbox(said)) = ended else { panic!("{mode}: {ended:?}") };
                assert!(said.contains("Unable to apply mount flags") && said.lines().count() == 1, "{mode}: {said}");
            }
        }
    }
}

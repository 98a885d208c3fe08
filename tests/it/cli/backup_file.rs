//! The file that `tenantry backup` writes: whose it is, and what is left when it cannot be written.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;

use crate::support::disk::Disk;
use crate::support::machine::Machine;
use crate::support::process::{add_tenant, command, run};

fn machine() -> Machine {
    let machine = Machine::new();
    let added = add_tenant("Acme", "ann@acme.example", &machine.with(&[]));
    assert_eq!(added.code, Some(0), "{added:?}");
    machine
}

#[test]
fn nothing_that_lies_in_wait_beside_it_is_followed_or_read() {
    let machine = machine();
    // A directory that is anybody's.
    let shared = machine.dir.path().join("shared");
    std::fs::create_dir(&shared).unwrap();
    std::fs::set_permissions(&shared, std::fs::Permissions::from_mode(0o777)).unwrap();
    let victim = machine.dir.path().join("victim");
    let backup = |name: &str| run(&["backup", shared.join(name).to_str().unwrap()], &machine.with(&[]));
    std::fs::write(&victim, "precious").unwrap();
    symlink(&victim, shared.join("one.part")).unwrap();
    symlink(machine.dir.path().join("nowhere"), shared.join("two")).unwrap();
    std::fs::hard_link(&victim, shared.join("three.part")).unwrap();
    for (name, words) in [
        ("one", "one.part is there already and no file of a backup; remove it first\n"),
        ("two", "two is there already; a backup replaces nothing\n"),
        ("three", "three.part is there already and no file of a backup; remove it first\n"),
    ] {
        let ended = backup(name);
        assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{ended:?}");
        assert!(ended.err.ends_with(words) && ended.err.lines().count() == 1, "{}", ended.err);
    }
    assert_eq!(std::fs::read(&victim).unwrap(), b"precious");
    assert!(!machine.dir.path().join("nowhere").exists());

    // The permissions are right whatever the mask was.
    let file = shared.join("four");
    let mut child = Command::new("sh");
    let program = command(&["backup", file.to_str().unwrap()], &machine.with(&[]));
    child.args(["-c", "umask 0; exec \"$@\"", "sh"]).arg(program.get_program()).args(program.get_args()).env_clear();
    child.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    assert!(child.status().unwrap().success());
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(file), mode(machine.data_dir().join("last-backup.json"))), (0o600, 0o600));
}

#[test]
fn a_disk_that_is_full_is_one_line_and_nothing_is_left() {
    let machine = machine();
    let target = machine.dir.path().join("small");
    std::fs::create_dir(&target).unwrap();
    let Some(disk) = Disk::at(target.clone()) else {
        eprintln!("left out: nobody may mount a disk here");
        return;
    };
    // A disk of 1 MB with 16 kB left. What is on it only the program sees, and a shell around it.
    let around = "cd \"$1\" && shift && head -c 1032192 /dev/zero >filler && \"$@\"; code=$?; ls -A; exit $code";
    let file = target.join("one.backup");
    let program = command(&["backup", file.to_str().unwrap()], &machine.with(&[]));
    let prefix = disk.prefix(1);
    let mut child = Command::new(&prefix[0]);
    child.args(&prefix[1..]).args(["sh", "-c", around, "sh"]).arg(&target);
    child.arg(program.get_program()).args(program.get_args()).env_clear();
    child.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ended = child.output().unwrap();
    let (out, err) = (String::from_utf8(ended.stdout).unwrap(), String::from_utf8(ended.stderr).unwrap());
    assert_eq!((ended.status.code(), out.as_str()), (Some(1), "filler\n"), "{err}");
    assert!(err.starts_with(&format!("tenantry: {} cannot be written: ", file.display())), "{err}");
    assert!(err.contains("disk is full") && err.lines().count() == 1, "{err}");
    assert!(!machine.data_dir().join("last-backup.json").exists());
}

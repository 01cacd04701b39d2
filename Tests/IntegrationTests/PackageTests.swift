import Foundation
import TestSupport
import Testing

/// `Tools/package.py`, with which `build.sh` packs what it has built.
@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"), .timeLimit(.minutes(1)))
struct PackageTests {
    /// A build while `tocsin` runs: Linux does not let anybody write to a program that is being executed.
    @Test func aRunningToolIsReplaced() async throws {
        let script = """
            import os, pathlib, struct, subprocess, sys
            folder = pathlib.Path(sys.argv[1])
            code = bytes.fromhex("b8220000000f05ebf7")  # pause() for ever
            header = b"\\x7fELF" + bytes([2, 1, 1]) + bytes(9) + struct.pack(
                "<HHLQQQLHHHHHH", 2, 62, 1, 0x400078, 64, 0, 0, 64, 56, 1, 0, 0, 0)
            segment = struct.pack("<LLQQQQQQ", 1, 5, 0, 0x400000, 0x400000, 120 + len(code), 120 + len(code), 0x1000)
            for name in ("built/tool", "dist/bin/tool"):
                path = folder / name
                path.parent.mkdir(parents=True)
                path.write_bytes(header + segment + code)
                path.chmod(0o755)
            (folder / "tool.map").write_text("")
            running = subprocess.Popen([folder / "dist/bin/tool"])
            packed = subprocess.run([sys.executable, sys.argv[2], "--binaries", folder / "built", "--dist", folder / "dist",
                                     "--maps", folder, "--tools", "tool"], stdout=subprocess.DEVNULL)
            print(packed.returncode, running.poll(), *sorted(os.listdir(folder / "dist/bin")))
            running.kill()
            """
        try await Workspace.withTemporaryFolder { folder in
            let tool = Workspace.root.appending(path: "Tools/package.py").path
            let run = try Command.run(Workspace.python, ["-c", script, folder.path, tool])
            #expect(
                run.output == "0 None THIRD-PARTY-LICENSES.txt manifest.json tool tool.spdx.json\n", "\(run.errors)")
        }
    }
}

import Foundation
import TestSupport
import Testing

/// `dist/bin/sla-runner` where there is nothing but itself.
@Suite(.timeLimit(.minutes(1))) struct SLARunnerBinaryTests {
    private static let binary = Workspace.root.appending(path: "dist/bin/sla-runner")
    private static let canRun: Bool = {
        let result = try? Command.run("unshare", ["-p", "-f", "true"])
        return FileManager.default.isExecutableFile(atPath: binary.path) && result?.status == 0
    }()

    @Test(
        "it runs as process 1 of a bare chroot, without /proc, /dev and /tmp",
        .enabled(if: canRun, "needs dist/bin/sla-runner and root: run ./build.sh"))
    func bareChroot() async throws {
        try await Workspace.withTemporaryFolder { folder in
            try FileManager.default.copyItem(at: Self.binary, to: folder.appending(path: "sla-runner"))
            let result = try Command.run(
                "unshare", ["-p", "-f", "-R", folder.path, "/sla-runner", "--once", "--dry-run"],
                environment: [
                    "SLARUNNER_COMMAND": #"["/sla-runner", "--version"]"#, "SLARUNNER_DELAY": "60",
                    "SLARUNNER_SERVICE": "shop", "AWS_REGION": "eu-central-1",
                    "SLARUNNER_SNSTOPICARN": "arn:aws:sns:eu-central-1:123456789012:t",
                ])
            #expect(result.status == 0, "\(result.output)\(result.errors)")
            #expect(result.output.contains("Test result: SUCCESS with exit code 0; Execution time: 0\n"))
            #expect(result.output.contains("_SUCCESS\n"))
        }
    }
}

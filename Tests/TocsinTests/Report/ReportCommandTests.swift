import AWS
import Basics
import Foundation
import JSON
import TestSupport
import Testing
import Transport

@testable import tocsin

/// `tocsin report` as a shell sees it: table, files and exit status, against moto.
@Suite(
    .enabled(if: Workspace.hasPython, "run ./build.sh setup"), .serialized, .timeLimit(.minutes(3)))
struct ReportCommandTests {
    /// A folder and an AWS of its own.
    private final class Shell {
        let moto: MotoServer
        let folder: URL

        init() throws {
            moto = try MotoServer()
            folder = FileManager.default.temporaryDirectory.appending(path: "report-" + UUID().uuidString)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }

        deinit {
            moto.stop()
            try? FileManager.default.removeItem(at: folder)
        }

        func run(command: String = "report", _ arguments: String...) throws -> Command.Result {
            let environment = moto.environment.merging(["HOME": folder.path]) { $1 }
            return try Command.run(
                BuiltTocsin.path, [command] + arguments, folder: folder, environment: environment)
        }

        /// One result a minute, the last a minute ago.
        func put(_ service: String, _ results: [Bool]) async throws {
            let now = Timestamp.now()
            let data = results.enumerated().flatMap { index, result -> [JSONValue] in
                let time = (now - .seconds(60 * (results.count - index))).iso8601
                return [("integration-sla-success", result ? 1.0 : 0), ("integration-sla-attempts", 1)].map {
                    name, value in
                    [
                        "MetricName": .string(name), "Timestamp": .string(time), "Value": .double(value),
                        "Dimensions": [
                            ["Name": "Region", "Value": "eu-central-1"],
                            ["Name": "Service", "Value": .string(service)],
                        ],
                    ]
                }
            }
            let loop = try EventLoop.onOwnThread()
            defer { loop.stop() }
            try await withTaskExecutorPreference(loop) { [environment = moto.environment] in
                let aws = try AWSConfiguration(environment: environment, loop: loop)
                _ = try await AWSClient(.cloudWatch, configuration: aws).call(
                    "PutMetricData", ["Namespace": "SLA-Monitor", "MetricData": .array(data)])
            }
        }
    }

    @Test("a table, then a site in a folder of which only changed files are written again")
    func report() async throws {
        let shell = try Shell()
        try await shell.put("shop", [true, true, true, false])
        try await shell.put("search", [true, true])
        let table = try shell.run("--range", "1h", "--days", "2", "--objective", "50")
        #expect(table.status == 0, "\(table)")
        let lines = table.output.split(separator: "\n").map(String.init)
        #expect(lines.first == "SERVICE       1H       2D  BUDGET OF 2 D  OUTAGES", "\(table.output)")
        #expect(lines[1] == "search     100 %    100 %     left 100 %        0", "\(table.output)")
        #expect(lines[2] == "shop     75.00 %  75.00 %      left 50 %        1", "\(table.output)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: shell.folder.path).isEmpty)

        let written = try shell.run("--output", "site", "--range", "1h", "--days", "2")
        #expect(written.status == 0, "\(written)")
        #expect(written.output.contains("files written to site, 0 unchanged."), "\(written.output)")
        let index = try String(contentsOf: shell.folder.appending(path: "site/index.html"), encoding: .utf8)
        #expect(index.contains("search"))
        #expect(try shell.run("--fail-on-breach").status == 2)
    }

    @Test("shows what tocsin incident was told on the same machine, without any setting")
    func incidents() async throws {
        let shell = try Shell()
        try await shell.put("shop", [true, true])
        let opened = try shell.run(
            command: "incident", "open", "Checkout is slow", "--service", "shop", "--message", "We look into it.",
            "--json")
        let id = try #require(try JSONValue(parsing: opened.output)["id"]?.stringValue)
        let written = try shell.run("--output", "site", "--days", "2", "--every", "1h")
        #expect(written.status == 0, "\(written)")
        let page = try String(contentsOf: shell.folder.appending(path: "site/incidents/\(id).html"), encoding: .utf8)
        #expect(page.contains("We look into it."))
        #expect(page.contains("data-every=\"3600\""))
        let other = try shell.run("--output", "other", "--days", "2", "--incidents", "nowhere")
        #expect(other.status == 0, "\(other)")
        #expect(other.errors.contains("Warning: no incidents were read: there is no folder nowhere"), "\(other.errors)")
        #expect(!FileManager.default.fileExists(atPath: shell.folder.appending(path: "nowhere").path))
    }

    @Test("an empty AWS, a wrong bucket and wrong calls")
    func statuses() async throws {
        let shell = try Shell()
        let empty = try shell.run()
        #expect(empty.status == 1, "\(empty)")
        #expect(empty.errors.contains("no service has metrics in SLA-Monitor"))
        try await shell.put("shop", [true])
        let bucket = try shell.run("--output", "s3://absent/x")
        #expect(bucket.status == 1, "\(bucket)")
        #expect(bucket.errors.contains("nothing was written to s3://absent/x/"), "\(bucket.errors)")
        for arguments in [
            ["--days", "0"], ["--range", "tomorrow"], ["--objective", "101"], ["--output", "ftp://x"],
            ["--time-zone", "Berlin"], ["--files", "page"], ["--dayz", "1"],
            ["--every", "often"], ["--incidents", "s3://"],
        ] {
            let result = try shell.run(arguments[0], arguments[1])
            #expect(result.status == 64, "\(arguments): \(result)")
            // It is the option that people have given, not the variable that it stands for.
            #expect(result.errors.contains(arguments[0]), "\(arguments): \(result)")
            #expect(!result.errors.contains("REPORT_") && !result.errors.contains("TIME_RANGES"), "\(result)")
        }
        try "titel: x\n".write(
            to: shell.folder.appending(path: "report.yaml"), atomically: false, encoding: .utf8)
        let configuration = try shell.run("--config", "report.yaml")
        #expect(configuration.status == 64)
        let missing = try shell.run("--config", "absent.yaml")
        #expect(missing.status == 64)
        #expect(missing.errors.contains("absent.yaml"), "\(missing)")
        #expect(configuration.errors.contains("report.yaml: line 1: titel: unknown key, did you mean title?"))
    }
}

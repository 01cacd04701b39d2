import Foundation
import Testing

/// Every variable that a function reads is in the table of its page, or in the help of a command.
@Suite struct DocumentationTests {
    /// What reads the variables, and what lists them.
    private static let pages = [
        (["MetricWriter/Configuration.swift"], "docs/metric-writer.md"),
        (["Notifier/Configuration.swift"], "docs/notifier.md"),
        (
            [
                "UptimeChecker/UptimeChecker+Configuration.swift",
                "UptimeChecker/Configuration/ConfigurationSettings.swift",
            ],
            "docs/uptime-checker.md"
        ),
        (
            [
                "AlarmProvisioner/Function/ProvisionerSettings.swift",
                "AlarmProvisioner/Compatibility/AutoAlarmSettings.swift",
                "AlarmProvisioner/Compatibility/OriginalAlarms.swift",
            ],
            "docs/alarm-provisioner.md"
        ),
        (
            ["Experiments/Executor/ExecutorSettings.swift", "Experiments/Outputs/TraceExport.swift"],
            "docs/chaos-executor.md"
        ),
        (
            [
                "FargateAdjuster/Function/AdjusterSettings.swift",
                "FargateAdjuster/Configuration/ConfigurationReader.swift",
            ],
            "docs/fargate-adjuster-function.md"
        ),
        (
            [
                "FargateAdjuster/Driver/DriverSettings.swift",
                "FargateAdjuster/Run/AdjustmentLedger+Location.swift",
                "FargateAdjuster/Configuration/ConfigurationReader.swift",
            ],
            "docs/fargate-adjuster.md"
        ),
        (["SLAReport/Function/ReportSettings.swift"], "docs/sla-reporter.md"),
        (["SLARunner/RunnerConfiguration.swift"], "Sources/Functions/SLARunner/SLARunnerProgram.swift"),
    ]

    /// Set by the platform, and keys of documents.
    private static let exceptions: Set<String> = [
        "AWS_LAMBDA_FUNCTION_NAME", "LAMBDA_TASK_ROOT", "service_name", "steady_states",
    ]

    @Test(arguments: pages) func everyVariableIsListed(sources: [String], page: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        func text(_ path: String) throws -> String {
            try String(contentsOf: root.appending(path: path), encoding: .utf8)
        }
        let list = try text(page)
        var names: Set<String> = []
        for source in sources {
            let code = try text("Sources/Functions/\(source)")
            for match in code.matches(of: /"([A-Za-z0-9]+(?:_[A-Za-z0-9]+)+)"/) { names.insert(String(match.1)) }
        }
        #expect(names.count > 3)
        for name in names.subtracting(Self.exceptions).sorted() {
            let isListed = ["`\(name)`", "\(name) ", "\(name))"].contains { list.contains($0) }
            #expect(isListed, "\(name) is not in \(page)")
        }
    }
}

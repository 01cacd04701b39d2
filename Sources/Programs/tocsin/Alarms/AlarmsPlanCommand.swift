import AlarmProvisioner
import ArgumentParser
import Basics

struct AlarmsPlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Tells which alarms would be created, updated and deleted, and changes nothing.",
        discussion: """
            Every line says what would be done with an alarm; below them stand the cost a month before and after, what \
            could not be looked at, and what rules asked for in vain. The exit status is 1 when something could not be \
            looked at or made, so that a pipeline notices.

            Examples:
              tocsin alarms plan
              tocsin alarms plan --rules alarms.yaml --region eu-central-1 --region us-east-1
              tocsin alarms plan --rules slo.yaml --json > plan.json
              tocsin alarms plan --detailed-exitcode || echo "there is something to change, or an error"
            """)

    @OptionGroup var options: AlarmsOptions

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(
        name: .customLong("detailed-exitcode"),
        help: "End with 0 when nothing would be changed, with 1 after an error, with 2 when there is something.")
    var detailedExitCode = false

    func run() async throws {
        let (json, range) = (json, options.range)
        let plan = try await AlarmsSession.run(options) { session in
            let plan = try await session.working { progress in
                try await session.provisioner.plan(range, deadline: nil, progress: progress)
            }
            if json { try printLine("\(plan.json())") } else { try session.show { plan.lines(width: $0, colour: $1) } }
            return plan
        }
        try options.checkFound(plan)
        if plan.hasErrors { throw ExitCode.failure }
        if detailedExitCode, !plan.steps.isEmpty { throw ExitCode(2) }
    }
}

extension AlarmPlan {
    /// Whether something that rules ask for could not be looked at or made.
    var hasErrors: Bool { refusal != nil || !incomplete.isEmpty || notices.contains { $0.level == .error } }
}

import AlarmProvisioner
import ArgumentParser
import JSON
import TextTables

struct AlarmsExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Says which rule makes an alarm, from which resource, and why its threshold is what it is.",
        discussion: """
            Alarms that exist and that no rule asks for are explained by their tags. The exit status is 1 when there \
            is no such alarm.

            Examples:
              tocsin alarms explain tocsin-lambda-errors-checkout
              tocsin alarms explain 'tocsin-lambda-*' --rules alarms.yaml
              tocsin alarms explain tocsin-cpu-i-0123456789abcdef0 --json
            """)

    @Argument(help: "The alarm's name; * stands for any text.")
    var alarm: String

    @OptionGroup var options: AlarmsOptions

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let (alarm, json) = (alarm, json)
        try await AlarmsSession.run(options) { session in
            let found = try await session.working { progress in
                try await session.provisioner.explanations(ofAlarm: alarm, deadline: nil, progress: progress)
            }
            if json {
                try printLine("\(JSONValue.array(found.map(\.json)))")
            } else {
                for explanation in found {
                    try session.show { width, colour in
                        let head = Style.heading.applied(to: explanation.name.printable)
                        return [colour ? head : explanation.name.printable]
                            + explanation.lines(width: max(42, width) - 2).map { "  " + $0 } + [""]
                    }
                }
            }
            if found.isEmpty {
                printError("Error: no rule makes an alarm \(alarm), and the owner has none of that name.")
                throw ExitCode.failure
            }
        }
    }
}

import ArgumentParser
import Basics
import JSON
import Notifier
import TextTables

struct SilenceListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Shows the silences that are in force or will be, the first to end first.",
        discussion: """
            The exit status is 1 when one of them could not be read; the others are shown all the same.

            Examples:
              tocsin silence list
              tocsin silence list --all --json
            """)

    @Flag(help: "Also those that have ended within the last week.")
    var all = false

    @OptionGroup var options: SilenceOptions

    func run() async throws {
        let command = self
        try await SilenceSession.run(options) { session in
            let (contents, now) = (try await session.store.contents(), Timestamp.now())
            let shown = contents.silences.filter { command.all || $0.end > now }
            if command.options.json {
                try printLine("\(JSONValue.array(shown.map(\.json)))")
            } else if shown.isEmpty {
                try printLine("Nothing is silenced.")
            } else {
                try printLines(environment: session.environment) { width, colour in
                    shown.table(at: now).lines(width: width, colour: colour)
                }
            }
            guard !contents.unreadable.isEmpty else { return }
            printError(
                "Error: these silences were written by another version and silence nothing: "
                    + contents.unreadable.joined(separator: ", "))
            throw ExitCode.failure
        }
    }
}

struct SilenceEndCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "end",
        abstract: "Ends a silence now, or calls off one that has not begun.",
        discussion: """
            Examples:
              tocsin silence end k3fpa
              tocsin silence end k3fpa --state dynamodb:tocsin-notifier
            """)

    @Argument(help: "The silence's name, as `tocsin silence list` shows it.")
    var id: String

    @OptionGroup var options: SilenceOptions

    func run() async throws {
        let command = self
        try await SilenceSession.run(options) { session in
            let silence = try await session.store.end(command.id)
            let now = Timestamp.now()
            try session.tell(silence, command.options) { silence in
                if silence.end <= now {
                    return ["Silence \(silence.id) had ended at \(silence.end.iso8601(fractionDigits: 0)) already."]
                }
                let verb = silence.start > now ? "Called off" : "Ended"
                return ["\(verb) silence \(silence.id): \(silence.condition)"]
            }
        }
    }
}

extension [Silence] {
    /// A row for each.
    fileprivate func table(at now: Timestamp) -> Table {
        Table(
            [
                // The first is cut where there is no room; by its name a silence is ended.
                .init("MATCHERS"), .init("SILENCE"), .init("STATE", dropOrder: 1), .init("UNTIL"),
                .init("BY", dropOrder: 2), .init("REASON", dropOrder: 3),
            ],
            rows: map { silence in
                let state =
                    silence.isActive(at: now)
                    ? "in force"
                    : silence.start > now ? "from \(silence.start.iso8601(fractionDigits: 0))" : "ended"
                return [
                    .init(silence.condition), .init(silence.id), .init(state),
                    .init(silence.end.iso8601(fractionDigits: 0)), .init(silence.author), .init(silence.reason),
                ]
            })
    }
}

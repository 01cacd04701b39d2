import ArgumentParser
import Basics
import Notifier

struct SilenceAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Silences what matches, from now on or from a later time.",
        discussion: """
            What lasts when the silence ends is sent then, if the notifier has a queue to wake itself (see \
            docs/notifier.md). The name of the new silence is printed; `end` takes it.

            Examples:
              tocsin silence add alarm=cpu-high --for 2h --reason "new disks"
              tocsin silence add severity=warning 'region=~eu-.*' --for 30m --state s3://ops-state/notifier
              tocsin silence add tags.team=shop --from 2026-12-01T22:00Z --until 2026-12-02T02:00Z
            """)

    @Argument(help: ArgumentHelp("What is silenced; all of them have to hold.", valueName: "matcher"))
    var matchers: [String]

    @Option(
        name: .customLong("for"), help: ArgumentHelp("How long, with its unit, such as 30m or 2h.", valueName: "time"))
    var length: SilenceLength?

    @Option(help: ArgumentHelp("From when on, such as 2026-12-01T22:00Z; now by default.", valueName: "time"))
    var from: String?

    @Option(help: ArgumentHelp("Until when, instead of --for.", valueName: "time"))
    var until: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("Why, for the others on call.", valueName: "text"))
    var reason = ""

    @Option(help: ArgumentHelp("Who silences; $USER by default.", valueName: "name"))
    var author: String?

    @OptionGroup var options: SilenceOptions

    private static let longest = Duration.seconds(366 * 86_400)
    private static let longestText = 500

    func validate() throws {
        guard (length == nil) != (until == nil) else {
            throw ValidationError("say how long: --for 2h, or --until 2026-12-02T02:00Z")
        }
        _ = try times(at: .now())
        _ = try parsedMatchers()
        for (name, text) in [("reason", reason), ("author", author ?? "")] where text.utf8.count > Self.longestText {
            throw ValidationError("--\(name): at most \(Self.longestText) bytes.")
        }
    }

    private func parsedMatchers() throws -> [Matcher] {
        do throws(QuietError) {
            var parsed: [Matcher] = []
            for text in matchers { parsed.append(try Matcher(text)) }
            return parsed
        } catch { throw ValidationError(error.message) }
    }

    private func times(at now: Timestamp) throws -> Range<Timestamp> {
        func time(_ name: String, _ text: String?) throws -> Timestamp? {
            guard let text else { return nil }
            guard let time = timestamp(text) else {
                throw ValidationError("--\(name): expected a time such as 2026-12-01T22:00Z, not \"\(text)\"")
            }
            return time
        }
        // To the second, as it is shown.
        let whole = Timestamp(microseconds: now.microseconds / 1_000_000 * 1_000_000)
        let start = try time("from", from) ?? whole
        let end = try time("until", until) ?? start + (length?.duration ?? .zero)
        guard end > now else { throw ValidationError("the silence would have ended already, at \(end.iso8601)") }
        guard start < end else { throw ValidationError("the silence would end before it begins") }
        guard end - start <= Self.longest else { throw ValidationError("a silence lasts at most a year") }
        return start..<end
    }

    func run() async throws {
        let window = try times(at: .now())
        let parsed = try parsedMatchers()
        let command = self
        try await SilenceSession.run(options) { session in
            let silence: Silence
            do throws(QuietError) {
                silence = try Silence(
                    id: Silence.newID(random: { Double.random(in: 0..<1) }), matchers: parsed,
                    author: command.author ?? session.environment["USER"] ?? "", reason: command.reason,
                    start: window.lowerBound, end: window.upperBound)
            } catch { throw usageError(error.message) }
            try await session.store.add(silence)
            try session.tell(silence, command.options) { silence in
                let end = silence.end.iso8601(fractionDigits: 0)
                let start =
                    silence.start > .now()
                    ? "from \(silence.start.iso8601(fractionDigits: 0)) to \(end)" : "until \(end)"
                return [
                    "Silence \(silence.id) \(start): \(silence.condition)",
                    "To end it: tocsin silence end \(silence.id)\(command.options.commandLine)",
                ]
            }
        }
    }
}

/// How long a silence lasts, with its unit: who writes 2 at night means hours, and would get seconds.
struct SilenceLength: ExpressibleByArgument {
    let duration: Duration

    init?(argument: String) {
        guard let duration = Duration(text: argument), duration > .zero else { return nil }
        self.duration = duration
    }
}

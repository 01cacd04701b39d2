import ArgumentParser
import Basics
import JSON
import SLAReport
import TextTables

struct IncidentListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Shows incidents, the newest first.",
        discussion: """
            The exit status is 1 when one of them could not be read; the others are shown all the same.

            Examples:
              tocsin incident list --open
              tocsin incident list --service shop/api --limit 5
              tocsin incident list --state s3://ops-state/incidents --json
            """)

    @Flag(help: "Only those that are not over.")
    var open = false

    @Option(help: ArgumentHelp("Only those of this service.", valueName: "name"))
    var service: String?

    @Option(help: ArgumentHelp("So many at most.", valueName: "number"))
    var limit = 50

    @OptionGroup var options: IncidentOptions

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit: expected a number from 1.") }
    }

    func run() async throws {
        let command = self
        try await IncidentSession.run(options) { session in
            let (listing, now) = (try await session.store.all(), Timestamp.now())
            let chosen = listing.incidents.filter { incident in
                (!command.open || !incident.status(at: now).isOver)
                    && command.service.map(incident.concerns) ?? true
            }
            let shown = Array(chosen.prefix(command.limit))
            if command.options.json {
                try printLine("\(JSONValue.array(shown.map { $0.json(at: now) }))")
            } else if shown.isEmpty {
                try printLine(command.open ? "No incident is open." : "There is no incident.")
            } else {
                try printLines(environment: session.environment) { width, colour in
                    shown.table(at: now).lines(width: width, colour: colour)
                        + (chosen.count > shown.count ? ["… \(chosen.count - shown.count) more, see --limit"] : [])
                }
            }
            for fault in listing.faults { printError("Error: \(fault)") }
            if !listing.faults.isEmpty { throw ExitCode.failure }
        }
    }
}

struct IncidentShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows an incident with all that was said, by whom.",
        discussion: """
            Examples:
              tocsin incident show 20261129-k3fpa
              tocsin incident show 20261129-k3fpa --json
            """)

    @Argument(help: "The incident's name, as `tocsin incident list` shows it.")
    var id: String

    @OptionGroup var options: IncidentOptions

    func run() async throws {
        let command = self
        try await IncidentSession.run(options) { session in
            let (incident, now) = (try await session.store.incident(command.id), Timestamp.now())
            if command.options.json { return try printLine("\(incident.json(at: now))") }
            try printLines(environment: session.environment) { width, colour in
                incident.lines(at: now, width: width, colour: colour)
            }
        }
    }
}

extension [Incident] {
    /// A row for each; in a narrow terminal the title is cut, and what matters least is left out.
    func table(at now: Timestamp) -> Table {
        Table(
            [
                .init("TITLE"), .init("INCIDENT"), .init("STATUS", dropOrder: 1), .init("IMPACT", dropOrder: 2),
                .init("SINCE", dropOrder: 3), .init("FOR", rightAligned: true, dropOrder: 4),
                .init("SERVICES", dropOrder: 5),
            ],
            rows: map { incident in
                let status = incident.status(at: now)
                let length = (incident.endedAt(now) ?? now) - incident.startedAt(now)
                return [
                    .init(incident.title), .init(incident.id),
                    .init(status.text, status.isOver || status == .scheduled ? .plain : .bad),
                    .init(incident.impact.rawValue), .init(incident.startedAt(now).iso8601(fractionDigits: 0)),
                    .init(length >= .seconds(1) ? Duration.seconds(length.components.seconds).text : ""),
                    .init(incident.services.isEmpty ? "all" : incident.services.joined(separator: ", ")),
                ]
            })
    }
}

extension Incident {
    /// All that is known of it, none of the lines wider than `width`.
    func lines(at now: Timestamp, width: Int, colour: Bool) -> [String] {
        func styled(_ text: String, _ style: Style) -> String { colour ? style.applied(to: text) : text }
        var lines = title.wrapped(to: width, indent: 2).map { styled($0, .heading) }
        var facts = [
            ("incident", id), ("status", status(at: now).text), ("impact", impact.rawValue),
            ("services", services.isEmpty ? "all" : services.joined(separator: ", ")),
        ]
        if let window {
            facts.append(
                (
                    "planned",
                    "\(window.lowerBound.iso8601(fractionDigits: 0)) to \(window.upperBound.iso8601(fractionDigits: 0))"
                ))
        }
        if isAutomatic { facts.append(("made by", "an outage")) }
        for (name, value) in facts {
            lines += "  \(name.padding(to: 10))".appendingWrapped(value, width: width, indent: 12)
        }
        for update in updates(at: now) {
            let author = update.author.map { ", \($0)" } ?? ""
            let head = "\(update.time.iso8601(fractionDigits: 0)) \(update.status.text)\(author)"
            lines += [""] + head.wrapped(to: width, indent: 2).map { styled($0, .heading) }
            lines += update.text.paragraphs(width: width)
        }
        if let postMortem {
            let head = "\(postMortem.time.iso8601(fractionDigits: 0)) post-mortem"
            lines += ["", styled(head, .heading)] + postMortem.text.paragraphs(width: width)
        }
        return lines
    }
}

extension String {
    /// This text, and behind it another one in as many lines as it needs.
    fileprivate func appendingWrapped(_ text: String, width: Int, indent: Int) -> [String] {
        let margin = String(repeating: " ", count: indent)
        let lines = text.wrapped(to: max(16, width - indent), indent: 0)
        return lines.enumerated().map { ($0 == 0 ? self : margin) + $1 }
    }

    /// The text with its own line ends, each line wrapped and indented by two.
    fileprivate func paragraphs(width: Int) -> [String] {
        split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).flatMap { line in
            line.isEmpty ? [""] : String(line).wrapped(to: max(16, width - 2), indent: 0).map { "  " + $0 }
        }
    }
}

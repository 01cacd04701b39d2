public import ArgumentParser
import Basics
public import SLAReport

struct IncidentOpenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open",
        abstract: "Opens an incident, or plans a maintenance.",
        discussion: """
            The message comes from --message or standard input. The name of the new incident is printed; update and \
            resolve take it. A maintenance goes on by itself: it is in progress when its window begins, and completed \
            when that ends. What fails meanwhile does not count against the services' objectives.

            Examples:
              tocsin incident open "Checkout is slow" --service shop/api --impact major --message "We look into it."
              tocsin incident open "No mails" --service mail --at 2026-11-29T13:50Z < first-words.txt
              tocsin incident open "New database" --maintenance 2026-12-01T22:00Z/2h --service shop/api --message \
            "Orders are read-only."
              tocsin incident open "New network" --maintenance 2026-12-01T22:00Z/2026-12-02T01:00Z --message "All at once."
            """)

    @Argument(help: "One line for people.")
    var title: String

    @Option(
        help: ArgumentHelp("An affected service, as group/name; may be repeated. All by default.", valueName: "name"))
    var service: [String] = []

    @Option(
        help: "How much users notice: none, minor, major or critical; minor by default, of a maintenance none.")
    var impact: Incident.Impact?

    @Option(help: "How far the work is: investigating, identified or monitoring.")
    var status: Incident.Status?

    @Option(
        help: ArgumentHelp(
            "When planned work begins and ends, such as 2026-12-01T22:00Z/2026-12-02T01:00Z, or its begin and how long "
                + "it takes: 2026-12-01T22:00Z/2h.", valueName: "from/to"),
        transform: maintenanceWindow)
    var maintenance: Range<Timestamp>?

    @OptionGroup var message: IncidentMessage
    @OptionGroup var options: IncidentOptions

    func validate() throws {
        try checkTitle(title)
        for name in service { try checkService(name) }
        guard let status else { return }
        if maintenance != nil {
            throw ValidationError("--status: a maintenance is scheduled at first and goes on by itself; leave it out.")
        }
        if status.isOfMaintenance || status.isOver {
            throw ValidationError(
                "--status: expected investigating, identified or monitoring; --maintenance is for planned work.")
        }
    }

    func run() async throws {
        let text = try message.text(isNeeded: true) ?? ""
        let command = self
        try await IncidentSession.run(options) { session in
            let time = command.message.at ?? .now()
            var random = SystemRandomNumberGenerator()
            // Another incident of the day has the same name once in millions of times.
            for _ in 0..<5 {
                let id = Incident.newID(at: .now()) { Int.random(in: 0..<$0, using: &random) }
                let update = Incident.Update(
                    id: session.newUpdateID(), time: time,
                    status: command.maintenance != nil ? .scheduled : command.status ?? .investigating, text: text,
                    author: command.message.author(session.environment))
                let incident = Incident(
                    id: id, title: String(command.title.trimmingWhitespace),
                    impact: command.impact ?? (command.maintenance == nil ? .minor : .none),
                    services: command.service, window: command.maintenance, first: update)
                if try await session.store.create(incident) {
                    return try session.tell(command.maintenance == nil ? "Opened" : "Planned", incident)
                }
            }
            throw IncidentError(.unavailable, "no free name was found for the incident; try again")
        }
    }
}

extension Incident.Impact: ExpressibleByArgument {}
extension Incident.Status: ExpressibleByArgument {}

/// One line that fits a heading.
func checkTitle(_ title: String) throws {
    guard !title.trimmingWhitespace.isEmpty, title.utf8.count <= 200, !title.contains(where: \.isNewline) else {
        throw ValidationError("the title: expected one line of at most 200 bytes.")
    }
}

/// A name that a report can have.
func checkService(_ name: String) throws {
    guard !name.trimmingWhitespace.isEmpty, name.utf8.count <= 400 else {
        throw ValidationError("--service: expected the name of a service, such as shop/api.")
    }
}

/// The value of `--maintenance`.
func maintenanceWindow(_ text: String) throws -> Range<Timestamp> {
    let halves = text.split(separator: "/", omittingEmptySubsequences: false)
    guard halves.count == 2, let start = timestamp(halves[0]) else {
        throw ValidationError(
            "expected FROM/TO such as 2026-12-01T22:00Z/2026-12-02T01:00Z or 2026-12-01T22:00Z/2h, not \"\(text)\"")
    }
    guard let end = timestamp(halves[1]) ?? Duration(text: halves[1]).map({ start + $0 }) else {
        throw ValidationError("\"\(halves[1])\" is neither a time such as 2026-12-02T01:00Z nor a length such as 2h")
    }
    guard start < end, end - start <= .seconds(366 * 86_400) else {
        throw ValidationError("\(text): the end has to come after the begin, and within a year of it")
    }
    return start..<end
}

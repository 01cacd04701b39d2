import ArgumentParser
import Basics
import LocalCloud
import SLAReport

struct IncidentUpdateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Adds what is known now to an incident.",
        discussion: """
            The message comes from --message or standard input. Without --status it is a remark, and the status stays.

            Examples:
              tocsin incident update 20261129-k3fpa --status identified --message "A full disk; we make room."
              tocsin incident update 20261129-k3fpa --impact critical --service shop/web --message "The shop, too."
              tocsin incident update 20261129-k3fpa --status investigating --reopen --message "It is back."
              tocsin incident update 20261129-m7dqz --maintenance 2026-12-01T22:00Z/3h --message "An hour longer."
              tocsin incident update 20261129-k3fpa --post-mortem findings.txt
            """)

    @Argument(help: "The incident's name, as `tocsin incident list` shows it.")
    var id: String

    @Option(
        help: """
            How far the work is: investigating, identified, monitoring or resolved; of a maintenance scheduled, \
            in_progress or completed.
            """)
    var status: Incident.Status?

    @Option(help: "How much users notice: none, minor, major or critical.")
    var impact: Incident.Impact?

    @Option(
        help: ArgumentHelp(
            "A further affected service; may be repeated. The first one narrows an incident of all.", valueName: "name")
    )
    var service: [String] = []

    @Option(
        help: ArgumentHelp("When a maintenance begins and ends now, as for `open`.", valueName: "from/to"),
        transform: maintenanceWindow)
    var maintenance: Range<Timestamp>?

    @Option(help: ArgumentHelp("Another title.", valueName: "text"))
    var title: String?

    @Option(
        help: ArgumentHelp("What was learned: a file of plain text, or \"-\" for standard input.", valueName: "file"))
    var postMortem: String?

    @Flag(help: "Open an incident again that is over.")
    var reopen = false

    @OptionGroup var message: IncidentMessage
    @OptionGroup var options: IncidentOptions

    func validate() throws {
        if let title { try checkTitle(title) }
        for name in service { try checkService(name) }
        if reopen, status?.isOver ?? true {
            throw ValidationError("--reopen: say by --status how far the work is, such as investigating.")
        }
        if postMortem == "-", message.message == "-" {
            throw ValidationError("--post-mortem and --message cannot both be read from standard input.")
        }
    }

    func run() async throws {
        let hasOther =
            impact != nil || !service.isEmpty || title != nil || postMortem != nil
            || maintenance != nil
        let text = try message.text(isNeeded: !hasOther || status != nil)
        let postMortem = try postMortem.map(readPostMortem)
        let command = self
        try await IncidentSession.run(options) { session in
            let (updateID, now) = (session.newUpdateID(), Timestamp.now())
            let incident = try await session.store.change(command.id) { incident throws(IncidentError) in
                if let text {
                    try incident.say(
                        text, status: command.status, at: command.message.at ?? now, now: now,
                        reopening: command.reopen, id: updateID, author: command.message.author(session.environment))
                }
                try incident.edit(at: now) { incident throws(IncidentError) in
                    if let impact = command.impact { incident.impact = impact }
                    if let title = command.title { incident.title = String(title.trimmingWhitespace) }
                    for name in command.service where !incident.services.contains(name) {
                        incident.services.append(name)
                    }
                    if let window = command.maintenance { try incident.move(to: window) }
                    if let postMortem, incident.postMortem?.text != postMortem {
                        incident.postMortem = .init(time: now, text: postMortem)
                    }
                }
            }
            try session.tell("Updated", incident)
        }
    }

    private func readPostMortem(_ file: String) throws -> String {
        let text: String
        do {
            let bytes = try file == "-" ? Files.readStandardInput() : Files.read(file)
            text = String(String(decoding: bytes, as: UTF8.self).trimmingWhitespace)
        } catch { throw usageError("--post-mortem: \(file): \(error)") }
        guard !text.isEmpty, text.utf8.count <= 100_000 else {
            throw usageError("--post-mortem: \(file): expected a text of at most 100000 bytes")
        }
        return text
    }
}

struct IncidentResolveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve",
        abstract: "Tells that an incident, or a maintenance, is over.",
        discussion: """
            Where another one has told so before, the message is added as a remark.

            Examples:
              tocsin incident resolve 20261129-k3fpa
              tocsin incident resolve 20261129-k3fpa --message "Checkout works again." --at 2026-11-29T15:20Z
              tocsin incident resolve 20261129-k3fpa --message - < last-words.txt
            """)

    @Argument(help: "The incident's name, as `tocsin incident list` shows it.")
    var id: String

    @OptionGroup var message: IncidentMessage
    @OptionGroup var options: IncidentOptions

    func run() async throws {
        let text = try message.text(isNeeded: false)
        let command = self
        try await IncidentSession.run(options) { session in
            let (updateID, now) = (session.newUpdateID(), Timestamp.now())
            let incident = try await session.store.change(command.id) { incident throws(IncidentError) in
                let wasOver = incident.status(at: now).isOver
                if wasOver, text == nil { return }
                let end: Incident.Status = incident.isMaintenance ? .completed : .resolved
                try incident.say(
                    text ?? (incident.isMaintenance ? "The maintenance is complete." : "This incident is resolved."),
                    status: wasOver ? nil : end, at: command.message.at ?? now, now: now, reopening: false,
                    id: updateID, author: command.message.author(session.environment))
            }
            let isOurs = incident.updates.contains { $0.id == updateID && $0.time == incident.endedAt(now) }
            if !isOurs {
                let time = incident.endedAt(now)?.iso8601(fractionDigits: 0) ?? ""
                printError(
                    "Note: it has been \(incident.status(at: now).text) since \(time)"
                        + (text == nil ? "; nothing was changed." : "; the message was added."))
            }
            try session.tell(isOurs ? "Resolved" : text == nil ? "Unchanged" : "Updated", incident)
        }
    }
}

import ArgumentParser

@main
struct Tocsin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tocsin",
        abstract: "Watches services and rehearses their failures; here, all on this machine.",
        discussion: """
            Examples:
              tocsin up                                      the whole system on this machine, live
              tocsin check endpoints.yaml                    checks the endpoints of a Gatus file, now
              tocsin notify --event alarm.json --dry-run     shows what would be sent for an event, and to whom
              tocsin invoke metric-writer --event event.json
            """,
        version: "tocsin 0.1.0",
        subcommands: [UpCommand.self, CheckCommand.self, NotifyCommand.self, InvokeCommand.self]
    )
}

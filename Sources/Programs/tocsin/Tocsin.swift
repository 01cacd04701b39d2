import ArgumentParser

@main
struct Tocsin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tocsin",
        abstract: "Watches services and rehearses their failures; here, all on this machine.",
        discussion: """
            Examples:
              tocsin up                          the whole system, live
              tocsin check endpoints.yaml        a Gatus file's endpoints, now
              tocsin notify --event alarm.json   an alarm to chat
              tocsin invoke metric-writer --event event.json
            """,
        version: "tocsin 0.1.0",
        subcommands: [UpCommand.self, CheckCommand.self, NotifyCommand.self, InvokeCommand.self]
    )
}

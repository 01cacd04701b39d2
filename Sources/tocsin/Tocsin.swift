import ArgumentParser

@main
struct Tocsin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tocsin",
        abstract: "Watches services and rehearses their failures; here, all on this machine.",
        discussion: """
            Examples:
              tocsin up          example tests through the whole system, live
              tocsin invoke metric-writer --event event.json
            """,
        version: "tocsin 0.1.0",
        subcommands: [UpCommand.self, InvokeCommand.self]
    )
}

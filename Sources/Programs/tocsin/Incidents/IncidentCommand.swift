import ArgumentParser

struct IncidentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "incident",
        abstract: "Tells people what is wrong with services, or planned: on the status page and in its feeds.",
        discussion: """
            Incidents are kept in a folder, in S3 or in DynamoDB (--state); sla-reporter and `tocsin report` read them \
            there. Two people may write at the same time: both updates stay.

            Exit status:
              0   done
              1   not done: the place could not be read or written, or there is no such incident
              64  the call is wrong, or not possible as the incident is

            Examples:
              tocsin incident open "Checkout is slow" --service shop/api --impact major --message "We look into it."
              tocsin incident update 20261129-k3fpa --status identified --message "A full disk; we make room."
              tocsin incident resolve 20261129-k3fpa --message "Checkout works again."
              tocsin incident open "New database" --maintenance 2026-12-01T22:00Z/2h --service shop/api --message \
            "Orders are read-only."
              tocsin incident list --open
              tocsin incident show 20261129-k3fpa --json
            """,
        subcommands: [
            IncidentOpenCommand.self, IncidentUpdateCommand.self, IncidentResolveCommand.self,
            IncidentListCommand.self, IncidentShowCommand.self,
        ])
}

import ArgumentParser

struct SilenceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "silence",
        abstract: "Keeps the notifier from sending what matches, for a time.",
        discussion: """
            The notifier reads silences where its NOTIFY_STATE says: give the same place by --state. In the folder of \
            `tocsin up` they are those of the running system. A silence is in force within ten seconds.

            A matcher is name=value, name!=value, name=~expression or name!~expression, as in Alertmanager. Names are \
            alarm, severity, state, source, title, account, region, resource, detail-type, aws-source, tags.<name> and \
            fields.<path of a member of the message>. All matchers have to hold; an expression has to match the whole \
            text.

            Exit status:
              0   done
              1   not done: the place could not be read or written, or there is no such silence
              64  the call is wrong

            Examples:
              tocsin silence add alarm=cpu-high --for 2h --reason "new disks"
              tocsin silence add severity=warning 'region=~eu-.*' 'tags.team!=shop' --for 30m
              tocsin silence add 'title=~(?i).*deploy.*' --from 2026-12-01T22:00Z --until 2026-12-02T02:00Z
              tocsin silence list --state dynamodb:tocsin-notifier
              tocsin silence end k3fpa
            """,
        subcommands: [SilenceAddCommand.self, SilenceListCommand.self, SilenceEndCommand.self])
}

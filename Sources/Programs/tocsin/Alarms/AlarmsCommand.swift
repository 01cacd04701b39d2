import ArgumentParser

struct AlarmsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alarms",
        abstract: "Plans alarms for what runs in AWS, and makes them: the alarm-provisioner function, in a terminal.",
        discussion: """
            Only alarms with the owner's tag are ever changed or deleted. Without --rules the catalogue of recommended \
            alarms is in force. Variables of the function, such as ALARM_RULES, count where an option is not given.

            The exit status is 0 when all is as it should be, 1 when something failed, 64 when the call is wrong; \
            `plan --detailed-exitcode` ends with 2 when there is something to change.

            Examples:
              tocsin alarms plan                                what the catalogue would make here, and its price
              tocsin alarms plan --rules alarms.yaml --rules slo.yaml
              tocsin alarms apply --rules alarms.yaml           shows the plan and asks
              tocsin alarms rules --rules alarms.yaml           which rules there are, and what each would match
              tocsin alarms explain tocsin-lambda-errors-shop   which rule made it, from what, and why that threshold
              tocsin alarms import checkout-errors              takes over alarms that somebody made by hand
              tocsin alarms destroy                             deletes all alarms of the owner, after asking
            """,
        subcommands: [
            AlarmsPlanCommand.self, AlarmsApplyCommand.self, AlarmsDestroyCommand.self, AlarmsRulesCommand.self,
            AlarmsExplainCommand.self, AlarmsImportCommand.self, AlarmsTestCommand.self,
        ]
    )
}

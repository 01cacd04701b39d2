import AlarmProvisioner
import ArgumentParser
import Basics
import JSON

struct AlarmsApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Makes the alarms as the rules say, after showing the plan and asking.",
        discussion: """
            Nothing is asked when there is nothing to change. The exit status is 0 when everything was done, 1 when \
            something was not, or nobody agreed.

            Examples:
              tocsin alarms apply --rules alarms.yaml
              tocsin alarms apply --rules alarms.yaml --resource i-0123456789abcdef0
              tocsin alarms apply --rules alarms.yaml --yes --json
            """)

    @OptionGroup var options: AlarmsOptions
    @OptionGroup var changes: AlarmsChangeOptions

    func run() async throws {
        let range = options.range
        try await changes.carryOut(options) { provisioner, progress in
            try await provisioner.plan(range, deadline: nil, progress: progress)
        }
    }
}

struct AlarmsDestroyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "destroy",
        abstract: "Deletes every alarm of the owner, after showing them and asking.",
        discussion: """
            Rules are read for the owner alone. Alarms without the owner's tag stay.

            Examples:
              tocsin alarms destroy --owner tocsin
              tocsin alarms destroy --owner tocsin --region eu-central-1 --yes
            """)

    @OptionGroup var options: AlarmsOptions
    @OptionGroup var changes: AlarmsChangeOptions

    func run() async throws {
        let range = options.range
        try await changes.carryOut(options) { provisioner, progress in
            try await provisioner.destroyPlan(range, deadline: nil, progress: progress)
        }
    }
}

/// How a plan is carried out.
struct AlarmsChangeOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Ask nothing.")
    var yes = false

    @Flag(help: "Print what was done as JSON; needs --yes.")
    var json = false

    func validate() throws {
        if json, !yes { throw ValidationError("--json needs --yes: a question would stand between the JSON.") }
    }

    /// Makes a plan, shows it, asks, and carries it out.
    func carryOut(
        _ options: AlarmsOptions,
        _ plan: @escaping @Sendable (Provisioner, @escaping Provisioner.Progress) async throws -> AlarmPlan
    ) async throws {
        let changes = self
        try await AlarmsSession.run(options) { session in
            let made = try await session.working { progress in try await plan(session.provisioner, progress) }
            try options.checkFound(made)
            try await session.carryOut(made, changes)
        }
    }
}

extension AlarmsSession {
    /// Shows a plan, asks, and carries it out.
    func carryOut(_ plan: AlarmPlan, _ options: AlarmsChangeOptions) async throws {
        if !options.json { try show { plan.lines(width: $0, colour: $1) } }
        if plan.refusal == nil, !plan.steps.isEmpty, !options.yes {
            try confirm("Make \(counted(plan.steps.count, "change"))?")
        }
        let outcome = try await working { progress in
            try await provisioner.apply(plan, deadline: nil, progress: progress)
        }
        if options.json {
            try printLine("\(outcome.json)")
        } else if !plan.steps.isEmpty {
            try show { outcome.lines(width: $0, colour: $1) }
        }
        if !outcome.isComplete || plan.hasErrors { throw ExitCode.failure }
    }
}

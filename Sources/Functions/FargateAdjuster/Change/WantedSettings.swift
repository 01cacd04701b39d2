import Basics
import JSON

/// The wanted values of one component, checked against its configuration and what the service is.
///
/// Keeps everything that is wrong, so that a person mends it at once.
struct WantedSettings {
    private let component: ComponentConfiguration
    private let snapshot: ServiceSnapshot
    /// The revision as it is to be.
    private(set) var definition: TaskDefinition
    private(set) var changes: [ServicePlan.Change] = []
    /// The new number of tasks; nil when it stays.
    private(set) var desiredCount: Int?
    /// The new bounds of auto scaling; nil when they stay.
    private(set) var scaling: ServiceSnapshot.ScalingBounds?
    /// Whether a variable is another one.
    private(set) var changesEnvironment = false
    /// Values that are not possible.
    private(set) var faults: [String] = []
    /// What the service does not allow, whatever the value.
    private(set) var refusals: [String] = []
    var warnings: [String] = []

    init(
        _ component: ComponentConfiguration, _ settings: [AdjustmentRequest.Setting], _ snapshot: ServiceSnapshot
    ) {
        (self.component, self.snapshot) = (component, snapshot)
        definition = snapshot.taskDefinition
        let cpu = value(of: ["cpu"], in: settings, isConfigured: component.cpu != nil)
        let memory = value(of: ["mem", "memory"], in: settings, isConfigured: component.memory != nil)
        let replicas = value(of: ["replicas"], in: settings, isConfigured: component.replicas != nil)
        warnAboutUnknown(settings)
        setSize(cpu: cpu, memory: memory)
        if let replicas { setReplicas(to: replicas) }
        setEnvironment(settings)
    }

    /// So many tasks there are then.
    var tasks: Int { desiredCount ?? snapshot.service.desiredCount }

    /// Whether a new revision is needed.
    var changesRevision: Bool { changesSize || changesEnvironment }

    private var changesSize: Bool {
        definition.cpu != snapshot.taskDefinition.cpu || definition.memory != snapshot.taskDefinition.memory
    }

    // MARK: Names

    private static let sizes: Set = ["cpu", "mem", "memory", "replicas"]

    /// The value of a setting that has one or several names; nil when it is not asked for, or not to be adjusted.
    private mutating func value(
        of names: [String], in settings: [AdjustmentRequest.Setting], isConfigured: Bool
    ) -> JSONValue? {
        let given = settings.filter { names.contains($0.name) }
        guard isConfigured, let first = given.first else { return nil }
        for other in given.dropFirst() where !SettingRule.isSame(first.value, other.value) {
            faults.append(
                "\(first.name) is \(SettingRule.text(first.value)) and \(other.name) is "
                    + "\(SettingRule.text(other.value)), but they are the same setting: give one of them")
        }
        return first.value
    }

    /// The text begins as the original's.
    private mutating func warnAboutUnknown(_ settings: [AdjustmentRequest.Setting]) {
        var known: [String] = []
        if component.cpu != nil { known.append("cpu") }
        if component.memory != nil { known += ["mem", "memory"] }
        if component.replicas != nil { known.append("replicas") }
        known += component.environment.map(\.name)
        let unknown = settings.map(\.name).filter { !known.contains($0) }
        guard !unknown.isEmpty else { return }
        let meant = unknown.compactMap { name in known.nearest(to: name).map { "\($0) for \(name)" } }
        let advice = meant.isEmpty ? "." : ", did you mean \(meant.joined(separator: ", "))?"
        let shown = known.filter { $0 != "memory" }
        warnings.append(
            "component \(component.name) input contains unknown setting(s): \(unknown.joined(separator: ", ")); "
                + "nothing is done about them\(advice) The configuration has "
                + (shown.isEmpty ? "none" : shown.joined(separator: ", ")))
    }

    // MARK: Size

    private mutating func setSize(cpu: JSONValue?, memory: JSONValue?) {
        let now = snapshot.taskDefinition
        if let cpu, let rule = component.cpu {
            definition.cpu = units(cpu, "cpu", rule, now: now.cpu, FargateSizes.cpuUnits) ?? now.cpu
        }
        if let memory, let rule = component.memory {
            definition.memory = units(memory, "mem", rule, now: now.memory, FargateSizes.memoryMiB) ?? now.memory
        }
        guard changesSize else { return }
        // A pair with a value that is wrong itself would be told twice.
        if faults.isEmpty,
            let fault = FargateSizes.fault(
                cpu: definition.cpu, memory: definition.memory, on: snapshot.service.platform)
        {
            faults.append(fault)
        }
        checkContainers()
        if definition.cpu != now.cpu {
            definition.registrable["cpu"] = .string(String(definition.cpu))
            changes.append(
                .init("cpu", from: FargateSizes.text(cpu: now.cpu), to: FargateSizes.text(cpu: definition.cpu)))
        }
        if definition.memory != now.memory {
            definition.registrable["memory"] = .string(String(definition.memory))
            changes.append(
                .init(
                    "mem", from: FargateSizes.text(memory: now.memory),
                    to: FargateSizes.text(memory: definition.memory)))
        }
    }

    /// CPU units or MiB; nil for a value that is not possible.
    private mutating func units(
        _ value: JSONValue, _ setting: String, _ rule: SettingRule, now: Int,
        _ convert: (JSONValue) throws(AdjusterError) -> Int
    ) -> Int? {
        if let fault = rule.fault(for: value, present: FargateSizes.number(ofUnits: now)) {
            faults.append("\(setting): \(fault)")
            return nil
        }
        do throws(AdjusterError) { return try convert(value) } catch {
            faults.append(error.message)
            return nil
        }
    }

    /// ECS refuses a task that is smaller than what its containers ask for.
    ///
    /// Only a smaller size is checked: what the containers ask for fits the present one.
    private mutating func checkContainers() {
        let (now, containers) = (snapshot.taskDefinition, definition.containers)
        let advice = "lower it in a new revision first, or ask for more"
        if definition.memory < now.memory {
            for container in containers where container.integer("memory") > definition.memory {
                faults.append(
                    "mem: container \(container.text("name")) has a limit of \(container.integer("memory")) MiB, which is "
                        + "more than the \(definition.memory) MiB that the task would have: \(advice)")
            }
            let reserved = containers.map { container in
                let reservation = container.integer("memoryReservation")
                return (container, reservation > 0 ? reservation : container.integer("memory"))
            }
            let sum = reserved.reduce(0) { $0 + $1.1 }
            // One alone was told above.
            if sum > definition.memory, !containers.contains(where: { $0.integer("memory") > definition.memory }) {
                faults.append(
                    "mem: the containers reserve \(sum) MiB (\(Self.list(reserved))), which is more than the "
                        + "\(definition.memory) MiB that the task would have: \(advice)")
            }
        }
        if definition.cpu < now.cpu {
            let reserved = containers.map { ($0, $0.integer("cpu")) }
            let sum = reserved.reduce(0) { $0 + $1.1 }
            if sum > definition.cpu {
                faults.append(
                    "cpu: the containers reserve \(sum) CPU units (\(Self.list(reserved))), which is more than the "
                        + "\(definition.cpu) that the task would have: \(advice)")
            }
        }
        let limits = containers.map { $0.integer("memory") }
        if definition.memory > now.memory, !limits.contains(0), limits.reduce(0, +) < definition.memory {
            warnings.append(
                "the containers have limits of \(limits.reduce(0, +)) MiB in all, so they get nothing of the memory above "
                    + "that: raise the limits in a new revision")
        }
    }

    /// `app 512, proxy 256`.
    private static func list(_ reserved: [(JSONValue, Int)]) -> String {
        reserved.filter { $0.1 > 0 }.map { "\($0.0.text("name")) \($0.1)" }.joined(separator: ", ")
    }

    // MARK: Number of tasks

    private mutating func setReplicas(to value: JSONValue) {
        guard let rule = component.replicas else { return }
        let now = snapshot.service.desiredCount
        if let fault = rule.fault(for: value, present: JSONValue(now)) {
            faults.append("replicas: \(fault)")
            return
        }
        guard let number = SettingRule.number(value).flatMap(Int.init(exactly:)), number >= 0 else {
            faults.append("replicas: \(SettingRule.text(value)) is no number of tasks, expected 0, 1, 2 …")
            return
        }
        guard number != now else { return }
        if snapshot.service.scheduling == "DAEMON" {
            refusals.append("replicas: a DAEMON service has as many tasks as its cluster decides: leave replicas out")
            return
        }
        guard let bounds = snapshot.scaling else {
            desiredCount = number
            changes.append(.init("replicas", from: counted(now, "task"), to: counted(number, "task")))
            return
        }
        scale(to: number, from: bounds)
    }

    /// The bounds are changed, and auto scaling decides within them; only too few tasks are made more at once.
    private mutating func scale(to number: Int, from bounds: ServiceSnapshot.ScalingBounds) {
        let now = snapshot.service.desiredCount
        let new = ServiceSnapshot.ScalingBounds(minimum: number, maximum: max(bounds.maximum, number))
        if new != bounds { scaling = new }
        if now < number || !snapshot.scalesIn { desiredCount = number }
        if now > number, snapshot.scalesIn {
            warnings.append(
                "auto scaling has the service at \(counted(now, "task")) and takes it down to \(number) only when the load "
                    + "allows")
        }
        guard scaling != nil || desiredCount != nil else { return }
        changes.append(
            .init(
                "replicas", from: "\(counted(now, "task")), auto scaling \(bounds.minimum) to \(bounds.maximum)",
                to: "\(counted(desiredCount ?? now, "task")), auto scaling \(new.minimum) to \(new.maximum)"))
    }

    // MARK: Environment

    private mutating func setEnvironment(_ settings: [AdjustmentRequest.Setting]) {
        for setting in component.environment where !Self.sizes.contains(setting.name) {
            guard let wanted = settings.last(where: { $0.name == setting.name }) else { continue }
            do throws(AdjusterError) { try set(setting, to: wanted.value) } catch {
                refusals.append("\(setting.name): \(error.message)")
            }
        }
    }

    private mutating func set(_ setting: EnvironmentSetting, to value: JSONValue) throws(AdjusterError) {
        let now = try definition.variable(setting.variable, of: setting.container)
        switch setting.effect(of: value, present: now) {
        case .none: return
        case .fault(let fault): faults.append("\(setting.name): \(fault)")
        case .text(let text):
            try definition.set(setting.variable, to: text, of: setting.container)
            changesEnvironment = true
            changes.append(.init(setting, from: now, to: text))
        }
    }
}

extension ServicePlan.Change {
    /// That of a variable, whose values are only told where its rule names them: changes get into records and messages.
    init(_ setting: EnvironmentSetting, from present: String?, to text: String) {
        if case .any = setting.rule.values {
            self.init(setting.name, from: present.map { _ in "(set)" }, to: present == nil ? "(set)" : "(changed)")
        } else {
            self.init(setting.name, from: present.map(Self.shown), to: Self.shown(text))
        }
    }

    private static func shown(_ text: String) -> String { text.isEmpty ? "\"\"" : text }
}

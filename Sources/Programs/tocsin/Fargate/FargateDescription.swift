import Basics
import FargateAdjuster
import JSON
import TextTables

/// A service as `tocsin fargate describe` shows it: what it is, and a table of the settings.
struct FargateDescription: Sendable {
    let component: ComponentConfiguration
    let snapshot: ServiceSnapshot
    /// The settings, by their names, as `adjust --describe` tells them.
    let settings: JSONObject
    /// US dollars a month for all wanted tasks; nil where the price is not known.
    let monthlyCost: Double?

    /// - Throws: ``AdjusterError`` for a variable that has no value.
    init(_ component: ComponentConfiguration, _ snapshot: ServiceSnapshot, region: String) throws(AdjusterError) {
        (self.component, self.snapshot) = (component, snapshot)
        settings = try component.description(of: snapshot)["settings"]?.objectValue ?? [:]
        let definition = snapshot.taskDefinition
        monthlyCost = FargatePrices.monthly(
            cpu: definition.cpu, memory: definition.memory, on: snapshot.service.platform, region: region
        ).map { $0 * Double(snapshot.service.desiredCount) }
    }

    /// The lines, none wider than `width`.
    func lines(width: Int, colour: Bool) -> [String] {
        let service = snapshot.service
        let name = service.name.isEmpty ? component.service : service.name
        let title = "\(component.name == name ? "" : "\(component.name): ")service \(name) in cluster \(clusterName)"
        var lines = title.wrapped(to: width, indent: 2).map { colour ? Style.heading.applied(to: $0) : $0 }
        for (label, text) in facts { lines += fact(label, text, width: width) }
        for warning in snapshot.warnings + component.strayValues(in: snapshot) {
            lines += "! \(warning)".wrapped(to: width, indent: 2)
        }
        guard !settings.isEmpty else { return lines + ["No setting of it may be changed."] }
        return lines + [""] + table(width: width, colour: colour)
    }

    private var clusterName: String {
        (snapshot.service.cluster.split(separator: "/").last ?? Substring(component.cluster)).description
    }

    // MARK: - The service

    private var facts: [(String, String)] {
        let (service, definition) = (snapshot.service, snapshot.taskDefinition)
        var facts = [
            ("status", service.status == "ACTIVE" ? nil : service.status.lowercased()),
            ("revision", "\(definition.family):\(definition.revision)"),
            ("size", "\(vCPU(definition.cpu)) vCPU, \(giB(definition.memory)) GiB, \(platform)"),
            ("tasks", tasks),
            (
                "scaling",
                snapshot.scaling.map { "auto scaling keeps \($0.minimum) to \(counted($0.maximum, "task"))" }
            ),
            ("strategy", strategy),
            ("traffic", traffic),
            (
                "cost",
                monthlyCost.map { cost in
                    let spot = service.capacityProviders.contains("FARGATE_SPOT") ? "; Spot costs less" : ""
                    return "\(dollars(cost)) a month for \(counted(service.desiredCount, "task")) at list price\(spot)"
                }
            ),
        ].compactMap { label, text in text.map { (label, $0) } }
        if let inFlight = snapshot.inFlight ?? (service.currentDeployment == nil ? nil : "a deployment goes on") {
            facts.append(("now", inFlight))
        }
        if service.isExpress {
            facts.append(("express", "belongs to an Express gateway; adjusted only with --express"))
        }
        return facts
    }

    private var platform: String {
        let platform = snapshot.service.platform
        let system = platform.family == "LINUX" ? "Linux" : platform.family
        return "\(system) on \(platform.architecture)" + (platform.version.map { ", platform \($0)" } ?? "")
    }

    private var tasks: String {
        let service = snapshot.service
        let pending = service.pendingCount > 0 ? ", \(service.pendingCount) starting" : ""
        return "\(service.runningCount) of \(service.desiredCount) run\(pending)"
    }

    private var strategy: String {
        let service = snapshot.service
        var parts = [service.strategy.lowercased().replacing("_", with: "/")]
        if service.controller != "ECS" { parts.append("by \(service.controller), which cannot be adjusted here") }
        if service.hasCircuitBreaker { parts.append("circuit breaker") }
        if !service.alarms.isEmpty { parts.append(counted(service.alarms.count, "alarm")) }
        parts.append(service.rollsBack ? "goes back by itself" : "Tocsin takes it back")
        return parts.joined(separator: ", ")
    }

    private var traffic: String? {
        let service = snapshot.service
        let parts = [
            (service.targetGroups.count, "target group"), (service.classicLoadBalancers.count, "classic load balancer"),
        ]
        let texts = parts.filter { $0.0 > 0 }.map { counted($0.0, $0.1) }
        return texts.isEmpty ? nil : texts.joined(separator: ", ")
    }

    private func fact(_ label: String, _ text: String, width: Int) -> [String] {
        text.wrapped(to: max(20, width - 12), indent: 0).enumerated().map { index, line in
            "  " + (index == 0 ? label : "").padding(to: 10) + line
        }
    }

    // MARK: - The settings

    /// What is allowed stands in the table where it has room, else below its setting.
    private func table(width: Int, colour: Bool) -> [String] {
        let rows = settings.map { name, setting in
            (name, Self.text(setting["value"]), Self.text(setting["unit"]), allowed(name, setting))
        }
        let columns: [Table.Column] = [.init("SETTING"), .init("VALUE", rightAligned: true), .init("UNIT")]
        let table = Table(
            columns + [.init("ALLOWED")],
            rows: rows.map { [.init($0.0), .init($0.1), .init($0.2, .faint), .init($0.3)] })
        if table.lines().allSatisfy({ $0.displayWidth <= width }) { return table.lines(colour: colour) }
        let narrow = Table(columns, rows: rows.map { [.init($0.0), .init($0.1), .init($0.2, .faint)] })
            .lines(width: width, colour: colour)
        return [narrow[0]]
            + zip(narrow.dropFirst(), rows).flatMap { line, row in
                [line] + "allowed: \(row.3)".wrapped(to: width - 2, indent: 2).map { "  " + $0 }
            }
    }

    private func allowed(_ name: String, _ setting: JSONValue) -> String {
        let pinned = setting["pinned"]?.boolValue == true ? "pinned; " : ""
        if let values = setting["values"]?.arrayValue {
            return pinned + values.map { Self.text($0) }.joined(separator: ", ")
        }
        guard let minimum = setting["min"], let maximum = setting["max"] else { return pinned + "anything" }
        let step = setting["step"].map { ", by \(Self.text($0))" } ?? ""
        return "\(pinned)\(Self.text(minimum)) to \(Self.text(maximum))\(step)"
    }

    /// A text without quotes, a whole number without a fraction.
    private static func text(_ value: JSONValue?) -> String {
        guard let value, value != .null else { return "" }
        if let text = value.stringValue { return text }
        if let number = value.doubleValue { return plain(number) }
        return "\(value)"
    }
}

/// A number without a fraction that says nothing: `0.25`, `4`.
private func plain(_ number: Double) -> String {
    let isWhole = number == number.rounded() && abs(number) < 1e15
    return isWhole ? "\(Int64(number))" : "\(number)"
}

private func vCPU(_ units: Int) -> String { plain(Double(units) / 1_024) }

private func giB(_ mebibytes: Int) -> String { plain(Double(mebibytes) / 1_024) }

/// `$12.40`.
func dollars(_ amount: Double) -> String {
    let cents = Int64((abs(amount) * 100).rounded())
    return (amount < 0 ? "-" : "") + "$\(cents / 100).\((cents % 100) < 10 ? "0" : "")\(cents % 100)"
}

extension String {
    /// With spaces at its end up to this many columns.
    func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - displayWidth)) }
}

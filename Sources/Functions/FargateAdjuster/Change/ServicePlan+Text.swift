import Basics
public import JSON
import TextTables

extension ServicePlan {
    /// For people: a line for each change, warnings, and what it costs a month.
    /// - Parameters:
    ///   - width: the longest line, in terminal columns, from 40.
    ///   - colour: whether escape sequences for colours may be used.
    public func lines(width: Int, colour: Bool) -> [String] {
        let width = max(40, width)
        let service = snapshot.service
        let head =
            "\(component.name): service \(service.name) of cluster \(service.clusterName), on "
            + snapshot.taskDefinition.name
        var lines = head.wrapped(to: width, indent: 2)
        if colour { lines = lines.map { Style.heading.applied(to: $0) } }
        if isEmpty { lines += indented("nothing to change", width) }
        lines += changeLines(width: width - 2, colour: colour).map { "  " + $0 }
        for step in steps { lines += indented(step, width) }
        if let costText, !isEmpty { lines += indented(costText, width) }
        for warning in warnings {
            let warned = indented("warning: \(warning)", width)
            lines += colour ? warned.map { Style.bad.applied(to: $0) } : warned
        }
        return lines
    }

    private func indented(_ text: String, _ width: Int) -> [String] {
        text.wrapped(to: width - 2, indent: 2).map { "  " + $0 }
    }

    /// A table where it fits; else a line for each change, so that no value is cut.
    private func changeLines(width: Int, colour: Bool) -> [String] {
        guard !changes.isEmpty else { return [] }
        let rows = changes.map { change -> [Table.Cell] in
            [
                Table.Cell(change.setting),
                Table.Cell(change.from ?? "(not set)", change.from == nil ? .faint : .plain),
                Table.Cell(change.to, .good),
            ]
        }
        let table = Table([.init("SETTING"), .init("NOW"), .init("THEN")], rows: rows)
        if table.lines().allSatisfy({ $0.displayWidth <= width }) { return table.lines(colour: colour) }
        return changes.flatMap { change in
            "\(change.setting): \(change.from ?? "(not set)") → \(change.to)".wrapped(to: width, indent: 2)
        }
    }

    /// `$14.42 → $28.84 a month at list price, +$14.42`; nil where the price is not known.
    var costText: String? {
        guard let monthlyCost, monthlyCost.count == 2 else { return nil }
        let (before, after) = (monthlyCost[0], monthlyCost[1])
        let difference = after - before
        guard difference.magnitude >= 0.005 else { return "\(before.dollars) a month at list price, as before" }
        let sign = difference < 0 ? "-" : "+"
        return "\(before.dollars) → \(after.dollars) a month at list price, \(sign)\(difference.magnitude.dollars)"
    }

    /// What will happen, in order, and what happens if it fails.
    private var steps: [String] {
        guard !isEmpty else { return [] }
        let now = snapshot.taskDefinition
        var steps: [String] = []
        if registration != nil {
            steps.append("a new revision of family \(now.family) is registered, and replaces \(now.name)")
        }
        if let scaling {
            steps.append("auto scaling gets the bounds \(scaling.minimum) to \(scaling.maximum)")
        }
        if express != nil {
            steps.append("the Express service is updated as a whole, by UpdateExpressGatewayService")
        } else if registration != nil {
            steps.append("it is \(deploymentText)")
        } else if let desiredCount {
            steps.append("the service gets \(counted(desiredCount, "task")), without a new deployment")
        }
        return steps + [wayBackText]
    }

    private var deploymentText: String {
        switch snapshot.service.strategy {
        case "BLUE_GREEN": "deployed blue/green: beside the old one, then all traffic is moved at once"
        case "LINEAR": "deployed blue/green, and the traffic is moved in equal steps"
        case "CANARY": "deployed blue/green, and a small part of the traffic is moved first"
        default: "deployed rolling: new tasks start before, or as, the old ones stop"
        }
    }

    private var wayBackText: String {
        let service = snapshot.service
        let minutes = "\(component.timeout / 60) min"
        let limit = component.timeout >= 60 && component.timeout % 60 == 0 ? minutes : "\(component.timeout) s"
        let former = express == nil ? snapshot.taskDefinition.name : "the former values"
        let back =
            registration != nil && service.rollsBack
            ? "ECS takes it back itself, else the adjuster does" : "the adjuster takes it back"
        return "if it is not healthy within \(limit), or fails before, \(back), to \(former) with "
            + "\(counted(service.desiredCount, "task")), and looks until that is healthy"
    }

    /// `{"component", "service", "taskDefinition", "changes": [{"setting", "from", "to"}], "monthlyCost", "warnings"}`.
    public var json: JSONValue {
        [
            "component": .string(component.name),
            "service": .string(snapshot.service.arn),
            "taskDefinition": .string(snapshot.taskDefinition.arn),
            "changes": .array(
                changes.map { change in
                    [
                        "setting": .string(change.setting), "from": change.from.map { .string($0) } ?? .null,
                        "to": .string(change.to),
                    ]
                }),
            "monthlyCost": monthlyCost.map { .array($0.map { .double($0) }) } ?? .null,
            "warnings": .array(warnings.map { .string($0) }),
        ]
    }
}

extension Double {
    /// `$1234.50`.
    var dollars: String {
        let cents = Int64((magnitude * 100).rounded())
        let rest = cents % 100
        return (self < 0 && cents > 0 ? "-$" : "$") + "\(cents / 100)." + (rest < 10 ? "0\(rest)" : "\(rest)")
    }
}

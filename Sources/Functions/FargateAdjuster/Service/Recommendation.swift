import AWS
public import Basics
import JSON

/// What Compute Optimizer recommends for a service, as far as its component allows.
public struct SizeRecommendation: Sendable, Hashable {
    /// `Optimized`, `Underprovisioned`, `Overprovisioned`.
    public var finding: String
    /// Such as `CPUOverprovisioned`.
    public var reasons: [String] = []
    /// The risk of the present size: `VeryLow`, `Low`, `Medium`, `High`; nil where it is not known.
    public var risk: String?
    /// So many days of metrics it is made of.
    public var lookbackDays: Double?
    /// When it was made.
    public var refreshedAt: Timestamp?
    /// What Compute Optimizer expects to be saved, such as `12.40 USD a month`; nil for nothing.
    public var savings: String?
    /// What to ask for, `cpu` in vCPU and `mem` in GiB; empty when there is nothing to change.
    public var settings: [AdjustmentRequest.Setting] = []
    /// What was not taken over and why, and what is recommended for single containers.
    public var notes: [String] = []

    /// One without anything to ask for.
    public init(finding: String) { self.finding = finding }

    /// `Overprovisioned (CPUOverprovisioned), performance risk VeryLow, from 14 days of metrics, saves 12.40 USD a
    /// month`.
    public var summary: String {
        var text = finding + (reasons.isEmpty ? "" : " (\(reasons.joined(separator: ", ")))")
        if let risk { text += ", performance risk \(risk)" }
        if let lookbackDays { text += ", from \(SettingRule.text(of: lookbackDays)) days of metrics" }
        if let savings { text += ", saves \(savings)" }
        return text
    }
}

extension AdjusterClients {
    /// What Compute Optimizer recommends for a service.
    /// - Throws: ``AdjusterError`` `unavailable` when it has no recommendation or is not enabled, with what to do;
    ///   `CancellationError`.
    public func recommendation(
        for component: ComponentConfiguration, _ snapshot: ServiceSnapshot
    ) async throws -> SizeRecommendation {
        let service = snapshot.service
        let output: JSONValue
        do {
            output = try await required(
                try optimizer.value(), "GetECSServiceRecommendations", ["serviceArns": [.string(service.arn)]])
        } catch let error as AdjusterError
            where (error.underlying as? AWSError)?.code == "OptInRequiredException"
        {
            throw AdjusterError(
                .unavailable,
                "Compute Optimizer is not enabled for this account: enable it with aws compute-optimizer "
                    + "update-enrollment-status --status Active, and try again when it has looked at the service for a day",
                underlying: error.underlying)
        }
        guard let entry = output["ecsServiceRecommendations"]?[0] else {
            let reason = output["errors"]?[0].map { " It says: \($0.text("code")): \($0.text("message"))" } ?? ""
            throw AdjusterError(
                .unavailable,
                "Compute Optimizer has no recommendation for service \(service.name): it needs 24 hours of metrics in the "
                    + "last 14 days, and leaves out services whose auto scaling has a step scaling policy, or tracks "
                    + "both CPU and memory.\(reason)")
        }
        return SizeRecommendation(entry, component, snapshot)
    }
}

extension SizeRecommendation {
    /// An entry of `GetECSServiceRecommendations`.
    init(_ entry: JSONValue, _ component: ComponentConfiguration, _ snapshot: ServiceSnapshot) {
        finding = entry.text("finding")
        reasons = (entry["findingReasonCodes"]?.arrayValue ?? []).compactMap(\.stringValue)
        risk = entry["currentPerformanceRisk"]?.stringValue
        lookbackDays = entry["lookbackPeriodInDays"]?.doubleValue
        refreshedAt = entry.timestamp("lastRefreshTimestamp")
        // The best one is the first.
        guard finding != "Optimized", let option = entry["serviceRecommendationOptions"]?[0] else { return }
        readSavings(option)
        let revision = entry["currentServiceConfiguration"]?.text("taskDefinitionArn") ?? ""
        if !revision.isEmpty, revision != snapshot.taskDefinition.arn {
            notes.append(
                "it was made for \(revision.arnResourceName), and the service is on \(snapshot.taskDefinition.name) now"
            )
        }
        let now = snapshot.taskDefinition
        func size(_ member: String) -> Int? {
            option[member]?.intValue.flatMap(Int.init(exactly:)).flatMap { $0 > 0 ? $0 : nil }
        }
        chooseSize(cpu: size("cpu") ?? now.cpu, memory: size("memory") ?? now.memory, component, snapshot)
        readContainers(option)
    }

    private mutating func readSavings(_ option: JSONValue) {
        let estimate =
            (option["savingsOpportunityAfterDiscounts"] ?? option["savingsOpportunity"])?["estimatedMonthlySavings"]
        guard let value = estimate?["value"]?.doubleValue, value >= 0.005 else { return }
        savings = "\(value.dollars.dropFirst()) \(estimate?["currency"]?.stringValue ?? "USD") a month"
    }

    /// Takes the pair that the rules and Fargate allow and that is nearest to the recommended one.
    private mutating func chooseSize(
        cpu: Int, memory: Int, _ component: ComponentConfiguration, _ snapshot: ServiceSnapshot
    ) {
        let (now, platform) = (snapshot.taskDefinition, snapshot.service.platform)
        var best: (cpu: Int, memory: Int, distance: Double)?
        for candidate in FargateSizes.cpus where Self.allows(component.cpu, candidate, now: now.cpu) {
            for other in FargateSizes.memories(for: candidate, on: platform)
            where Self.allows(component.memory, other, now: now.memory) {
                let distance = Self.distance(candidate, from: cpu) + Self.distance(other, from: memory)
                if distance < best?.distance ?? .infinity { best = (candidate, other, distance) }
            }
        }
        let said = "\(FargateSizes.text(cpu: cpu)) and \(FargateSizes.text(memory: memory)) are recommended"
        guard let best else {
            notes.append("\(said), but no pair of Fargate's is within what the configuration allows")
            return
        }
        if best.cpu != cpu || best.memory != memory {
            notes.append(
                "\(said); the nearest that the configuration and Fargate allow are \(FargateSizes.text(cpu: best.cpu)) "
                    + "and \(FargateSizes.text(memory: best.memory))" + Self.limits(component))
        }
        if best.cpu != now.cpu { settings.append(.init("cpu", FargateSizes.number(ofUnits: best.cpu))) }
        if best.memory != now.memory { settings.append(.init("mem", FargateSizes.number(ofUnits: best.memory))) }
    }

    private mutating func readContainers(_ option: JSONValue) {
        for container in option["containerRecommendations"]?.arrayValue ?? [] {
            let memory = container["memorySizeConfiguration"]
            let parts = [
                container["cpu"].map { "\($0) CPU units" },
                memory?["memory"].map { "a limit of \($0) MiB" },
                memory?["memoryReservation"].map { "a reservation of \($0) MiB" },
            ].compactMap { $0 }
            guard !parts.isEmpty else { continue }
            notes.append(
                "container \(container.text("containerName")): \(parts.joined(separator: ", ")) (single containers are not "
                    + "changed here)")
        }
    }

    /// Too little is worse than too much by the same factor.
    private static func distance(_ candidate: Int, from recommended: Int) -> Double {
        let ratio = Double(candidate) / Double(max(1, recommended))
        return ratio < 1 ? 10 * (1 / ratio - 1) : ratio - 1
    }

    /// Only the present size of a setting that is pinned or not configured.
    private static func allows(_ rule: SettingRule?, _ units: Int, now: Int) -> Bool {
        guard let rule, !rule.isPinned else { return units == now }
        let present = FargateSizes.number(ofUnits: now)
        return rule.fault(for: FargateSizes.number(ofUnits: units), present: present) == nil
    }

    private static func limits(_ component: ComponentConfiguration) -> String {
        let fixed = [("cpu", component.cpu), ("mem", component.memory)].compactMap { name, rule in
            rule == nil ? "\(name) is not configured" : rule?.isPinned == true ? "\(name) is pinned" : nil
        }
        return fixed.isEmpty ? "" : " (\(fixed.joined(separator: ", ")))"
    }
}

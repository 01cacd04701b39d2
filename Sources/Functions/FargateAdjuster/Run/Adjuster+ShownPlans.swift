import Basics

extension Adjuster {
    /// The plans to carry out where somebody has agreed to some: they are made anew, and must be the same.
    /// - Parameter shown: the plans that were agreed to; nil where nobody was asked.
    /// - Returns: nil where nobody was asked: the run plans itself.
    /// - Throws: ``AdjusterError`` `refused` when something else would be done now.
    func plansAgreed(_ shown: [ServicePlan]?, _ request: AdjustmentRequest) async throws -> [ServicePlan]? {
        guard let shown else { return nil }
        let plans = try await plan(request)
        let others = plans.filter { plan in !shown.contains { plan.doesSame(as: $0) } }
        guard others.isEmpty, plans.count == shown.count else {
            let names = (others.isEmpty ? plans : others).map { $0.snapshot.service.name }.joined(separator: ", ")
            throw AdjusterError(
                .refused,
                "\(names): changed by somebody else since the plan was shown, so nothing was begun: look at the new "
                    + "plan, and decide again")
        }
        return plans
    }
}

extension ServicePlan {
    /// Whether carrying it out does the same as another plan, forward and on the way back.
    func doesSame(as other: ServicePlan) -> Bool {
        component == other.component && changes == other.changes && registration == other.registration
            && desiredCount == other.desiredCount && scaling == other.scaling && express == other.express
            && snapshot.service.arn == other.snapshot.service.arn
            && snapshot.taskDefinition.arn == other.snapshot.taskDefinition.arn
            && snapshot.scaling == other.snapshot.scaling
            // A number that stays is ECS's own, and auto scaling changes it all the time.
            && (desiredCount == nil || snapshot.service.desiredCount == other.snapshot.service.desiredCount)
    }
}

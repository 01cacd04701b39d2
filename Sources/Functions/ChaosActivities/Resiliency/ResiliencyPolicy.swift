/// What the permissions of what the activities of resiliencyvr call beside Systems Manager and EC2 can be limited to.
extension PolicyResources {
    static let resiliency: [String: [Kind]] = [:]
}

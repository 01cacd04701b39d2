import Basics

/// A service of ECS, by as much as is known of it: a configuration may have its name alone, an ARN has everything.
public struct ECSServiceName: Sendable, Hashable, Codable {
    /// nil where only names are known.
    public var region: String?
    /// The number of the account; nil where only names are known.
    public var account: String?
    /// The cluster's name; nil for a name alone, and for ARNs of before 2018.
    public var cluster: String?
    /// The service's own name.
    public var name: String

    /// A service by its own and its cluster's name.
    public init(name: String, cluster: String?) { (self.name, self.cluster) = (name, cluster) }

    /// Reads `web`, `shop/web`, or an ARN.
    public init(_ text: String) {
        if let known = ECSServiceName(arn: text) {
            self = known
            return
        }
        let parts = text.split(separator: "/").map { String($0) }
        self.init(name: parts.last ?? text, cluster: parts.count == 2 ? parts[0] : nil)
    }

    /// Reads `arn:aws:ecs:region:account:service/cluster/name`, or one of before 2018 without the cluster.
    public init?(arn text: String) {
        guard let arn = ECSServiceName.parts(text, of: "service"), let name = arn.last else { return nil }
        self.init(name: name, cluster: arn.count > 1 ? arn[0] : nil)
        if let fields = text.arnFields, fields.count == 6 {
            region = fields[3].isEmpty ? nil : String(fields[3])
            account = fields[4].isEmpty ? nil : String(fields[4])
        }
    }

    /// A component's service, whose service and cluster are names or ARNs.
    public init(_ component: ComponentConfiguration) {
        self = ECSServiceName(arn: component.service) ?? ECSServiceName(name: component.service, cluster: nil)
        self = inCluster(component.cluster)
    }

    /// The service with a cluster, by name or ARN, where its own ARN does not say which.
    func inCluster(_ cluster: String?) -> ECSServiceName {
        guard let cluster else { return self }
        var service = self
        service.cluster = self.cluster ?? ECSServiceName.parts(cluster, of: "cluster")?.last ?? cluster
        return service
    }

    /// The service with a region, where its ARN does not say which.
    func inRegion(_ region: String) -> ECSServiceName {
        var service = self
        service.region = self.region ?? region
        return service
    }

    /// Whether they can be the same service: what is not known of both does not count.
    public func isSame(as other: ECSServiceName) -> Bool {
        func agree(_ field: KeyPath<ECSServiceName, String?>) -> Bool {
            guard let own = self[keyPath: field], let others = other[keyPath: field] else { return true }
            return own == others
        }
        return name == other.name && agree(\.cluster) && agree(\.region) && agree(\.account)
    }

    private static func parts(_ text: String, of type: String) -> [String]? {
        guard let fields = text.arnFields, let resource = fields.last else { return nil }
        let parts = resource.split(separator: "/").map { String($0) }
        return parts.first == type && parts.count > 1 ? Array(parts.dropFirst()) : nil
    }
}

extension ECSServiceName: CustomStringConvertible {
    /// `cluster/name`.
    public var description: String { (cluster.map { $0 + "/" } ?? "") + name }
}

import AWS

/// Addresses of Alibaba Cloud's web console.
enum AlibabaConsole {
    static let cloudMonitor = "https://cloudmonitor.console.aliyun.com/"

    /// The page of an ECS resource by the form of its id, such as `i-…`; nil for others.
    static func ecs(_ id: String, region: String?) -> String? {
        guard let region else { return nil }
        let kinds = [("i-", "server"), ("d-", "disk"), ("s-", "snapshot")]
        guard let kind = kinds.first(where: { id.hasPrefix($0.0) })?.1 else { return nil }
        let page = kind == "snapshot" ? "snapshot/\(percentEncoded(id))" : "\(kind)/\(percentEncoded(id))/detail"
        return "https://ecs.console.aliyun.com/\(page)?regionId=\(percentEncoded(region))"
    }
}

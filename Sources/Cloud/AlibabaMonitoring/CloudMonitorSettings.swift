public import AlibabaCloud
public import Configuration
public import FunctionRuntime

/// Where metrics of Function Compute go.
public struct CloudMonitorSettings: Sendable, Hashable {
    /// `CLOUDMONITOR_ENDPOINT`, by default that of the function's region.
    public var endpoint: AlibabaCloudEndpoint
    /// `CLOUDMONITOR_GROUP`: the id of an application group, by default 0 for none.
    public var group = "0"
    /// A key of the environment, for a run outside of Function Compute, which sends its own with each invocation.
    public var credentials: PlatformCredentials?

    /// The endpoint's address with no group.
    public init(endpoint: AlibabaCloudEndpoint) { self.endpoint = endpoint }
}

extension ConfigurationSection {
    /// The variables `CLOUDMONITOR_…`, `FC_REGION` and `ALIBABA_CLOUD_…`; nil after a fault.
    public func cloudMonitorSettings() -> CloudMonitorSettings? {
        let region = text("FC_REGION") ?? requiredText("FC_REGION", expected: "the region, which Function Compute sets")
        let expected = "an address like https://metrics.cn-hangzhou.aliyuncs.com"
        let group = value("CLOUDMONITOR_GROUP", default: "0", expected: "the number of an application group") { text in
            (1...20).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? text : nil
        }
        let named = value("CLOUDMONITOR_ENDPOINT", expected: expected) { AlibabaCloudEndpoint($0) }
        guard let endpoint = named ?? AlibabaCloudEndpoint("https://metrics.\(region).aliyuncs.com") else { return nil }
        var settings = CloudMonitorSettings(endpoint: endpoint)
        settings.group = group
        if let id = text("ALIBABA_CLOUD_ACCESS_KEY_ID"), let secret = text("ALIBABA_CLOUD_ACCESS_KEY_SECRET") {
            settings.credentials = PlatformCredentials(
                accessKeyID: id, accessKeySecret: secret, securityToken: text("ALIBABA_CLOUD_SECURITY_TOKEN"))
        }
        return settings
    }
}

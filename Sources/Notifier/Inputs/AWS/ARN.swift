/// An Amazon Resource Name: `arn:<partition>:<service>:<region>:<account>:<resource>`.
struct ARN: Sendable, Hashable {
    let partition: String
    let service: String
    /// Nil for resources of no region.
    let region: String?
    /// Nil for resources of no account.
    let account: String?
    /// Everything after the account, such as `alarm:cpu: high`.
    let resource: String

    /// Nil when the text is no ARN.
    init?(_ text: String?) {
        guard let text, text.hasPrefix("arn:") else { return nil }
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map { String($0) }
        guard parts.count == 6, !parts[1].isEmpty else { return nil }
        partition = parts[1]
        service = parts[2]
        region = parts[3].isEmpty ? nil : parts[3]
        account = parts[4].isEmpty ? nil : parts[4]
        resource = parts[5]
    }

    /// The resource without its kind: `alarm:cpu` and `task/cluster/1234` are `cpu` and `cluster/1234`.
    var name: String {
        guard let end = resource.firstIndex(where: { $0 == ":" || $0 == "/" }) else { return resource }
        return String(resource[resource.index(after: end)...])
    }

    /// What follows the last slash of a text, or the text itself: the short name of most resources.
    static func lastPart(_ text: String?) -> String? {
        text?.split(whereSeparator: { $0 == "/" || $0 == ":" }).last.map { String($0) }
    }
}

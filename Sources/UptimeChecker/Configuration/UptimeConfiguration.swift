/// What to watch: a file in Gatus's format, checked and with every default filled in.
public struct UptimeConfiguration: Sendable {
    /// `endpoints`, also those that are not enabled.
    var endpoints: [Endpoint]
    /// `maintenance`: applies to every endpoint beside its own windows.
    var maintenance: [MaintenanceWindow] = []
    /// `concurrency`: how many checks run at once; nil where the file does not say or says 0.
    var concurrency: Int?
    /// `host-concurrency`, ours: how many of them to one host; nil where the file does not say.
    var hostConcurrency: Int?
    /// Keys that are accepted without effect, each with its line, such as those for Gatus's own server.
    public var notUsed: [String] = []
    /// `$NAME`s in the file that are not set, each with its line.
    public var unsetVariables: [String] = []
}

extension UptimeConfiguration {
    /// The endpoints of `URLS_TO_MONITOR`: up with the statuses that j-sokol/CloudwatchMonitoring took for up.
    init(urls: [String], timeout: Duration) throws(UptimeCheckerError) {
        let condition: Condition
        do throws(ConditionError) { condition = try Condition("[STATUS] == any(200, 204, 301, 302, 401, 404)") } catch {
            throw UptimeCheckerError(.wrongConfiguration, "\(error)", underlying: error)
        }
        endpoints = urls.map { url in
            var endpoint = Endpoint(name: url, url: url, target: .http(url: url), conditions: [condition])
            endpoint.client.timeout = timeout
            return endpoint
        }
    }
}

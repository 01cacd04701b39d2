import Basics

@testable import UptimeChecker

/// Reads a configuration.
func configuration(
    _ text: String, environment: [String: String] = [:]
) throws(UptimeCheckerError) -> UptimeConfiguration {
    try UptimeConfiguration(parsing: Array(text.utf8), environment: environment)
}

/// Reads an endpoint given by its keys in flow style, such as `url: tcp://a:1`; name and conditions are filled in.
func endpoint(_ keys: String) throws(UptimeCheckerError) -> Endpoint? {
    let own = ["name", "conditions"].filter { key in !keys.hasPrefix("\(key):") && !keys.contains(", \(key):") }
    let standard = ["name": "name: n", "conditions": "conditions: ['[CONNECTED] == true']"]
    let all = (own.compactMap { standard[$0] } + [keys]).joined(separator: ", ")
    return try configuration("endpoints: [{\(all)}]").endpoints.first
}

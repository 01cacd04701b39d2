import Basics
import Testing

@testable import UptimeChecker

/// A condition, an observation, and the result of running Gatus 5.36's evaluation on them.
struct ConditionRow: Sendable, CustomTestStringConvertible {
    let condition: String
    var observation = Observation()
    var display = ConditionDisplay()
    let isMet: Bool
    let text: String

    var testDescription: String { "\(condition) for \(String(decoding: observation.body.prefix(60), as: UTF8.self))" }

    /// - Parameters:
    ///   - milliseconds: the response time.
    ///   - certificate: milliseconds until it expires.
    ///   - domain: milliseconds until it expires.
    ///   - text: the result's text when it is not the condition's.
    init(
        _ condition: String, status: Int = 0, milliseconds: Int = 0, certificate: Int = 0, domain: Int = 0,
        isConnected: Bool = false, ip: String = "", code: String = "", body: String = "", hidesFailed: Bool = false,
        showsMet: Bool = false, _ isMet: Bool, _ text: String? = nil
    ) {
        self.condition = condition
        self.isMet = isMet
        self.text = text ?? condition
        observation.status = status
        observation.responseTime = .milliseconds(milliseconds)
        observation.certificateExpiration = .milliseconds(certificate)
        observation.domainExpiration = .milliseconds(domain)
        observation.isConnected = isConnected
        observation.ip = ip
        observation.dnsResponseCode = code
        observation.body = Array(body.utf8)
        display.showsValuesOfFailed = !hidesFailed
        display.showsValuesOfMet = showsMet
    }
}

extension Collection<Condition> {
    /// Evaluates all conditions for an observation.
    func evaluate(
        _ observation: Observation, showing display: ConditionDisplay = ConditionDisplay(),
        hiding mask: SecretMask = .none
    ) -> [ConditionResult] {
        var values = ObservedValues(observation)
        return evaluate(&values, showing: display, hiding: mask)
    }
}

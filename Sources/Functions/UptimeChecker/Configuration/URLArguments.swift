import Basics
import Transport

extension UptimeConfiguration {
    /// How long a certificate has to be valid for a URL without conditions: a week, in which somebody can act.
    private static let certificateCondition = "[CERTIFICATE_EXPIRATION] > 168h"

    /// The endpoints of URLs that a person names, without a file.
    /// - Parameters:
    ///   - arguments: URLs; `https://` is meant where there is no scheme.
    ///   - conditions: for each of them; empty for what suits their kind.
    /// - Throws: `UptimeCheckerError` that names every URL and condition that is none.
    init(arguments: [String], conditions texts: [String]) throws(UptimeCheckerError) {
        var faults: [String] = []
        var own: [Condition] = []
        for text in texts {
            do throws(ConditionError) {
                let condition = try Condition(reviewing: text)
                own.append(condition)
                guard condition.needs.contains(.context) else { continue }
                faults.append("the condition \(text.debugDescription): \(ContextPath.onlyInSuites)")
            } catch {
                faults.append("the condition \(text.debugDescription): \(error)")
            }
        }
        endpoints = []
        for argument in arguments {
            let url = TargetURL(argument) == nil ? "https://" + argument : argument
            do throws(TargetError) {
                let target = try CheckTarget(url: url, question: nil)
                let conditions = own.isEmpty ? Self.conditions(for: target, url) : own
                endpoints.append(
                    Endpoint(name: PublicURL.text(argument), url: url, target: target, conditions: conditions))
            } catch {
                faults.append("the URL \(PublicURL.text(argument)) \(error.message)")
            }
        }
        guard faults.isEmpty else {
            throw UptimeCheckerError(.wrongConfiguration, faults.joined(separator: "\n"))
        }
    }

    /// What a URL has to answer when nobody says it: no error, and a certificate that does not expire within a week.
    private static func conditions(for target: CheckTarget, _ url: String) -> [Condition] {
        let scheme = TargetURL(url)?.scheme ?? ""
        var texts = target.kind == .http ? ["[STATUS] < 400"] : ["[CONNECTED] == true"]
        if target.kind == .grpc { texts.append("[BODY].status == SERVING") }
        if ["https", "wss", "tls", "starttls", "grpcs"].contains(scheme) { texts.append(certificateCondition) }
        return texts.compactMap { try? Condition($0) }
    }
}

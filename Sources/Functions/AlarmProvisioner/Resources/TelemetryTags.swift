public import AWS
public import Basics

/// Whether an account's metrics can be queried by resource tags, which alarms of style `fleet` with a tag need.
public enum TelemetryTags: Sendable, Hashable {
    case on
    /// They are off, or not usable now: what to do.
    case off(String)
    /// Asking is not allowed, or not possible there, now and later: why.
    case refused(String)
    /// Asking failed this time: why.
    case unknown(String)

    /// The IAM action that asking needs.
    public static let action = "observabilityadmin:GetTelemetryEnrichmentStatus"

    /// Asks for the setting of a scope.
    public static func status(
        in scope: AlarmScope, configuration: ResourceFinder.Configurations, deadline: Timestamp? = nil
    ) async -> TelemetryTags {
        do {
            var settings = try await configuration(scope)
            settings.region = scope.region
            let client = try AWSClient(.observabilityAdmin, configuration: settings)
            let status = try await client.call("GetTelemetryEnrichmentStatus", deadline: deadline).text("Status")
            if status == "Running" { return .on }
            return .off(
                "resource tags on telemetry are \(status?.lowercased() ?? "off") in \(scope): turn them on in "
                    + "CloudWatch's settings, or by observabilityadmin StartTelemetryEnrichment; it takes up to three "
                    + "hours")
        } catch let error as AWSError where error.isNotFound {
            return .off(
                "resource tags on telemetry were never turned on in \(scope): do so in CloudWatch's settings, or by "
                    + "observabilityadmin StartTelemetryEnrichment")
        } catch {
            let reason = DiscoveryFailure(error, "observabilityadmin", "GetTelemetryEnrichmentStatus", in: scope).reason
            guard let error = error as? AWSError else { return .unknown(reason) }
            let isLasting = error.isDenied || error.isUnknownOperation || error.localCode == .invalidConfiguration
            return isLasting ? .refused(reason) : .unknown(reason)
        }
    }
}

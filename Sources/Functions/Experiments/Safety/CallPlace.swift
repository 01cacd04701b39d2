import AWS
import Basics
import JSON

/// Where AWS calls go.
public struct CallPlace: Sendable, Hashable {
    /// The account of the credentials; nil when nobody knows.
    public var account: String?
    /// The region; nil when nobody knows.
    public var region: String?
    /// Why something is not known, for people.
    public var fault: String?

    /// A place.
    public init(account: String? = nil, region: String? = nil, fault: String? = nil) {
        (self.account, self.region, self.fault) = (account, region, fault)
    }
}

/// Finds where the AWS calls of a run go: its configuration and secrets may name a role, a profile, keys and a region.
public final class CallPlaces: Sendable {
    private let asksForAccount: Bool
    /// The accounts by access key: role, profile and region are the same for the whole run.
    private let accounts = Locked<[String: String]>([:])

    /// - Parameter guarding: tells whether accounts are asked for, which takes a request.
    public init(for guarding: Guard?) { asksForAccount = guarding?.asksForAccount == true }

    /// The access key that the secrets of a provider name; empty for none.
    static func key(_ provider: JSONObject, _ substitution: Substitution) -> String {
        key(secrets: substitution.secrets(of: provider))
    }

    private static func key(secrets: JSONObject) -> String { secrets["aws_access_key_id"]?.stringValue ?? "" }

    /// The places of all calls of an experiment, by access key; empty without a call of AWS.
    public func places(
        of experiment: Experiment, _ substitution: Substitution, _ providers: Providers
    ) async throws -> [String: CallPlace] {
        var places: [String: CallPlace] = [:]
        for call in GuardedCall.all(of: experiment) where call.usesAWS(providers.registry) {
            let key = Self.key(call.provider, substitution)
            guard places[key] == nil else { continue }
            let aws: AWSConfiguration
            do { aws = try providers.aws() } catch {
                places[key] = CallPlace(fault: "\(error)")
                continue
            }
            places[key] = try await place(
                of: NativeActivity.Invocation(
                    arguments: [:], configuration: substitution.configuration,
                    secrets: substitution.secrets(of: call.provider), aws: aws, loop: providers.loop,
                    time: providers.time, deadline: providers.deadline ?? providers.time.now() + .seconds(60),
                    seed: providers.seed))
        }
        return places
    }

    /// The place of one call.
    /// - Throws: `CancellationError`; what cannot be found out is in the place.
    func place(of invocation: NativeActivity.Invocation) async throws -> CallPlace {
        var place = CallPlace()
        do {
            place.region = try invocation.region()
            let key = Self.key(secrets: invocation.secrets)
            place.account = accounts.withLock { $0[key] }
            guard asksForAccount, place.account == nil else { return place }
            place.account = try await Self.account(invocation.awsConfiguration())
            accounts.withLock { $0[key] = place.account }
        } catch let error as CancellationError {
            throw error
        } catch {
            place.fault = "\(error)"
        }
        return place
    }

    private static func account(_ aws: AWSConfiguration) async throws -> String? {
        try await AWSClient(.sts, configuration: aws).call("GetCallerIdentity")["Account"]?.stringValue
    }
}

import AWS
import AWSResources
import Basics

/// A call that failed, in words for people.
struct DiscoveryFailure: Error, Sendable, Hashable {
    /// What went wrong, where, and what to do.
    let reason: String
    /// Whether every other call in the scope fails for the same reason.
    let concernsScope: Bool

    init(_ reason: String, concernsScope: Bool = false) {
        self.reason = reason
        self.concernsScope = concernsScope
    }

    /// The words for an error of a call.
    init(_ error: any Error, _ service: String, _ operation: String, in scope: AlarmScope) {
        let action = IAMAction.name(service, operation)
        switch error {
        case let error as DiscoveryFailure: self = error
        case let error as AWSError: self.init(error, action, in: scope)
        case DiscoveryLimit.deadline:
            self.init("no time was left for \(action): give the run more time, or fewer regions and kinds at once")
        case DiscoveryLimit.tooManyCalls(let most):
            self.init(
                "\(action) was not called, because the discovery had made \(most) calls: raise the limit, or run it "
                    + "for fewer regions or kinds")
        case DiscoveryLimit.tooManyPages(let most):
            self.init(
                "\(action) has more than \(most) pages, and the rest was not read: raise the limit of pages, or run it "
                    + "for fewer kinds")
        case DiscoveryLimit.missingToken:
            self.init("\(action) said that there are more pages, but not how to get them")
        case is CancellationError: self.init("\(action) was stopped before its end")
        default: self.init("\(action) failed: \(error)")
        }
    }

    private init(_ error: AWSError, _ action: String, in scope: AlarmScope) {
        if Self.refusals.contains(error.code) {
            self.init(Self.refusal(error, in: scope), concernsScope: true)
        } else if error.isDenied {
            self.init(
                "\(action) is denied: allow it to the role that is used for account \(scope.account). AWS said: "
                    + error.brief)
        } else if error.isThrottling {
            self.init(
                "\(action) is throttled after \(counted(max(1, error.attempt), "attempt")): the next run tries it "
                    + "again; fewer parallel calls help (\(error.brief))")
        } else if error.localCode == .invalidConfiguration {
            self.init("\(action) has no endpoint in \(scope.region): leave the kind out there (\(error.brief))")
        } else if error.localCode == .invalidResponse {
            self.init("\(action) gave an answer that cannot be read: \(error.brief)")
        } else {
            self.init("\(action) failed: \(error)")
        }
    }

    /// What AWS answers to credentials that are not valid in a region, among them all where the region is off.
    private static let refusals: Set = [
        "AuthFailure", "InvalidClientTokenId", "InvalidAccessKeyId", "UnrecognizedClientException", "OptInRequired",
        "SignatureDoesNotMatch", "InvalidSignatureException", "ExpiredToken", "ExpiredTokenException",
        AWSError.LocalCode.noCredentials.rawValue, AWSError.LocalCode.credentialsFailed.rawValue,
    ]

    private static func refusal(_ error: AWSError, in scope: AlarmScope) -> String {
        let isLocal = error.localCode != nil
        if !isLocal, !error.code.hasPrefix("Expired"), optInRegions.contains(scope.region) {
            return "the region \(scope.region)\(AWSRegion.place(scope.region)) is not enabled in account "
                + "\(scope.account), or only just: it is one that accounts must opt in to. Enable it in the account's "
                + "settings, or leave it out of the regions. AWS said: \(error.brief)"
        }
        return "AWS does not accept the credentials for account \(scope.account) in \(scope.region): \(error.brief)"
    }

    /// Regions that are off until an account enables them: all that opened after 2019-03-20.
    ///
    /// Source: https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
    static let optInRegions: Set = [
        "af-south-1", "ap-east-1", "ap-east-2", "ap-south-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5",
        "ap-southeast-6", "ap-southeast-7", "ca-west-1", "eu-central-2", "eu-south-1", "eu-south-2", "il-central-1",
        "me-central-1", "me-south-1", "mx-central-1",
    ]
}

extension AWSError {
    /// Whether the resource that the call names is not there.
    var isNotFound: Bool {
        localCode == nil
            && ["404", "NotFound", "NonExistent", "DoesNotExist", "NoSuch"].contains { code.containsBytes($0) }
    }

    /// Code and message, without place and number of attempts.
    fileprivate var brief: String { message.isEmpty ? code : "\(code): \(message)" }
}

import AWS
import Basics
import ConfigurationSources
import JSON
import Synchronization

/// The accounts and regions that a provisioner looks after, and the credentials for each.
struct ProvisionerScopes: Sendable {
    /// Every account in every region, sorted.
    let all: [AlarmScope]
    /// The function's own account, and its region when that is one of them, else the first.
    let home: AlarmScope
    private let configurations: [String: AWSConfiguration]

    /// - Parameters:
    ///   - own: the configuration of the function's own account.
    ///   - account: its twelve digits.
    ///   - roles: a configuration with the role's credentials for each other account.
    ///   - regions: empty for that of `own`.
    init(own: AWSConfiguration, account: String, roles: [String: AWSConfiguration], regions: [String]) {
        configurations = roles.merging([account: own]) { $1 }
        let regions = Set(regions.isEmpty ? [own.region] : regions)
        all = configurations.keys.flatMap { account in
            regions.map { AlarmScope(account: account, region: $0) }
        }.sorted()
        let region = regions.contains(own.region) ? own.region : regions.min() ?? own.region
        home = AlarmScope(account: account, region: region)
    }

    /// The credentials of a scope's account, with its region.
    /// - Throws: ``ProvisionerError`` with `invalid` for an account that no role leads to.
    func configuration(of scope: AlarmScope) throws(ProvisionerError) -> AWSConfiguration {
        guard var result = configurations[scope.account] else { throw stranger(scope.account) }
        result.region = scope.region
        return result
    }

    private func stranger(_ account: String) -> ProvisionerError {
        let known = configurations.keys.sorted().joined(separator: ", ")
        return ProvisionerError(
            .invalid, "there is no role for the account \(account): add one to ALARM_ROLES (known: \(known))")
    }

    /// The scopes that are asked for; all for an empty list.
    ///
    /// A region that is not configured is taken when its account is known: a person named it, or an event came from it.
    /// - Throws: ``ProvisionerError`` with `invalid` for an account without a role.
    func chosen(_ wanted: [AlarmScope]) throws(ProvisionerError) -> [AlarmScope] {
        guard !wanted.isEmpty else { return all }
        for scope in wanted where configurations[scope.account] == nil { throw stranger(scope.account) }
        return Set(wanted).sorted()
    }
}

/// Finds the account and the roles once, and keeps them for the life of the process.
///
/// Credentials of roles are kept with them, so that a warm function assumes each role once an hour.
final class ScopeCache: Sendable {
    private let settings: ProvisionerSettings
    private let aws: @Sendable () throws -> AWSConfiguration
    private let kept = Mutex<ProvisionerScopes?>(nil)

    init(
        _ settings: ProvisionerSettings, aws: @escaping @Sendable () throws -> AWSConfiguration
    ) {
        (self.settings, self.aws) = (settings, aws)
    }

    /// The scopes.
    /// - Throws: `AWSError` when STS does not tell the account, or the external id cannot be read.
    func scopes(deadline: Timestamp?) async throws -> ProvisionerScopes {
        if let scopes = kept.withLock({ $0 }) { return scopes }
        let own = try aws()
        let identity = try await AWSClient(.sts, configuration: own).call("GetCallerIdentity", deadline: deadline)
        guard let account = identity["Account"]?.stringValue else {
            throw AWSError(.invalidResponse, "sts GetCallerIdentity tells no account")
        }
        var roles: [String: AWSConfiguration] = [:]
        if !settings.roles.isEmpty {
            let externalID = try await externalID(deadline: deadline)
            for (account, role) in settings.roles {
                roles[account] = own.assuming(role, sessionName: "tocsin-alarms", externalID: externalID)
            }
        }
        let scopes = ProvisionerScopes(own: own, account: account, roles: roles, regions: settings.regions)
        kept.withLock { $0 = scopes }
        return scopes
    }

    private func externalID(deadline: Timestamp?) async throws -> String? {
        let remote = RemoteValues.awsFiles(aws)
        switch settings.externalID {
        case nil: return nil
        case .plain(let text): return text
        case .parameter(let name): return try await remote.parameter(name, deadline)
        case .some(let reference): return try await remote.secret(reference, deadline)
        }
    }
}

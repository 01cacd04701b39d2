import AWS
import JSON

extension KindFinder {
    static let accountKinds = [
        KindFinder(
            kind: .account, actions: [],
            factActions: [
                .accountConcurrency: "lambda:GetAccountSettings", .monthlyLimitDollars: "sns:GetSMSAttributes",
            ], find: account)
    ]

    /// The account itself, which needs no call unless its limits do.
    private static func account(_ listing: ResourceListing) async -> [WatchedResource] {
        var facts: [Fact: Double?] = [:]
        if listing.wants(.accountConcurrency) { facts[.accountConcurrency] = await accountConcurrency(listing) }
        if listing.wants(.monthlyLimitDollars) { facts[.monthlyLimitDollars] = await monthlyLimit(listing) }
        let scope = listing.scope
        return [
            listing.resource(
                id: "account:\(scope)", name: scope.account, dimensions: ["AccountId": scope.account], facts: facts)
        ]
    }

    private static func monthlyLimit(_ listing: ResourceListing) async -> Double? {
        await listing.each([0]) { _ in
            let answer = try await listing.detail(
                .sns, "GetSMSAttributes", ["attributes": ["MonthlySpendLimit"]])
            return [answer?.number("attributes.MonthlySpendLimit")]
        }.first ?? nil
    }
}

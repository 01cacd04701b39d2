import Events
import JSON

/// What AWS Budgets sends to a topic: a letter of which some lines are `Name: value`, or JSON.
///
/// https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html
enum BudgetNotification {
    @Sendable static func read(_ message: InputMessage) throws(EventError) -> [Notification]? {
        if case .string(let text) = message.value { return letter(text, message).map { [$0] } }
        guard let object = message.value.objectValue, let name = object.text("budgetName", "BudgetName") else {
            return nil
        }
        var notification = notification(name, isForecast: isForecast(object), message)
        notification.account = object.text("accountId", "account", "AccountId") ?? notification.account
        let told: Set<String> = ["accountId", "account", "AccountId", "budgetName", "BudgetName"]
        notification.fields = JSONFields.fields(of: message.value, leavingOut: told).map { field in
            Field(words(field.name).capitalized, field.value)
        }
        return [notification]
    }

    private static func letter(_ text: String, _ message: InputMessage) -> Notification? {
        guard text.has("Budget Name:") else { return nil }
        let lines = text.split(whereSeparator: \.isNewline).map(\.trimmed)
        var facts: [(name: String, value: String)] = []
        for line in lines {
            guard let colon = line.firstIndex(of: ":"), line[..<colon].utf8.count <= 30 else { continue }
            let value = line[line.index(after: colon)...].trimmed
            if !value.isEmpty, !line.hasPrefix("["), !value.hasPrefix("//") {
                facts.append((line[..<colon].trimmed, value))
            }
        }
        guard let name = facts.first(where: { $0.name == "Budget Name" })?.value else { return nil }
        let isForecast = facts.contains { $0.name == "Alert Type" && $0.value.uppercased() == "FORECASTED" }
        var notification = notification(name, isForecast: isForecast, message)
        let account = lines.first { $0.hasPrefix("AWS Account ") }?.dropFirst(12).prefix { $0.isNumber }
        notification.account = account.map { String($0) } ?? notification.account
        for fact in facts.prefix(JSONFields.maximumFields) where fact.name != "Budget Name" {
            notification.fields.add(fact.name, fact.value)
        }
        return notification
    }

    private static func notification(_ name: String, isForecast: Bool, _ message: InputMessage) -> Notification {
        var notification = message.notification(
            "Budget \"\(name)\" \(isForecast ? "is forecast to exceed" : "has exceeded") its threshold",
            source: .budgets, severity: isForecast ? .warning : .critical
        )
        notification.resource = name
        notification.incidentKey = "budget|\(notification.account ?? "")|\(name)"
        notification.links.add("Budgets", Console(region: notification.region ?? "us-east-1")?.budgets)
        return notification
    }

    private static func isForecast(_ object: JSONObject) -> Bool {
        object.text("alertType", "AlertType", "notificationType", "NotificationType")?.uppercased() == "FORECASTED"
    }
}

/// What the results of an endpoint show: an endpoint's `ui`.
struct UISettings: Sendable, Hashable {
    /// `hide-conditions`.
    var hidesConditions = false
    /// `hide-hostname`.
    var hidesHostname = false
    /// `hide-url`.
    var hidesURL = false
    /// `hide-port`.
    var hidesPort = false
    /// `hide-errors`.
    var hidesErrors = false
    /// `dont-resolve-failed-conditions` and `resolve-successful-conditions`.
    var conditionDisplay = ConditionDisplay()
}

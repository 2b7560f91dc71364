"""Contributions: who owes what, when, and why.

How a run prices its members (all pure; loading before and writing after is the caller's):

    from app.contributions import charges, explanation, plans
    from app.contributions.facts import ContributionTerms, MemberFacts, PlanTerms, RuleTerms, SeasonTerms
    from app.contributions.pricing import PriceList, price_run

    # once per run and contribution; raises DomainError when a setting cannot be computed
    prices = PriceList.prepare(
        ContributionTerms(contribution_id=7, name="Contributie", ledger_account_id=800, default_price_category_id=1),
        rules=[RuleTerms(rule_id=1, description="Contributie lid", amount_cents=6000, season_id=26), ...],
        season=SeasonTerms(26, "2026", date(2026, 1, 1), date(2026, 12, 31)),
        parents={102: 10, 10: 1, 1: None},      # organisation -> its parent; only needed for rules per organisation
    )

    # per member: the periods that start within the days asked for (a season plan gives one), then the price of each
    timetable = plans.Timetable(plan, Period(first_day, last_day), seasons)
    due = timetable.due(facts)                                      # tuple of ChargePeriod, or NotCharged | Unpriceable
    if type(due) is tuple:
        for period in due:
            outcome = prices.price(facts, period)                   # Charged | NotCharged | Unpriceable

    # or everything at once: faster, and needed for family discounts (they look at the others of the household); in the order given
    for (prices, facts, period), outcome in zip(items, price_run(items)):
        ...

    explanation.to_json(outcome)           # of a Charged: list of lines with their steps, for Charge.explanation
    writer = explanation.Writer(); writer.text(outcome)     # the same as JSON text; what members share is written once
    explanation.sentence(outcome)          # "Contributie lid 2026 € 60,00 · naar rato 4/6 halve maanden −€ 20,00", or why not charged
    key = charges.charge_key(facts.function_id, facts.relation_id, 7, period)
    charges.difference([charges.Expected(key, outcome)], existing, credits_on_end=False)    # what to make: new, more, credit

`MemberFacts` are flat: `MemberFacts(relation_id=5, organisation_id=102, function_id=9, first_day=..., born=..., payment_method="direct_debit")`.
"""

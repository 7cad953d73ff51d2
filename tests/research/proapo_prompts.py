"""The prompts of the ProAPO trial: sound and poor templates, class words, descriptions."""

AG_NEWS_SOUND = (
    "{}",
    "This text is about {}.",
    "A news article about {}.",
    "topic: {}",
    "The subject is {}.",
    "category: {}",
    "{} news",
    "The latest headlines in {}.",
    "A story from the {} section.",
    "This is a {} story.",
    "An article that a {} editor would publish.",
    "Here is something related to {}.",
    "What people discuss in {}.",
    "a report on {}",
    "In this passage the writer talks about {}.",
)
AG_NEWS_POOR = (
    "An unrelated remark on {}.",
    "I like {}.",
    "my favourite {} joke",
    "{} {} {}",
    "How do I learn {}?",
    "definition of {}",
    "buy {} online",
)
AG_NEWS_CLASSES = {
    "Business": "business",
    "Sci/Tech": "science and technology",
    "Sports": "sports",
    "World": "world politics",
}
AG_NEWS_DESCRIPTIONS = {
    "Business": (
        "stock prices, earnings and company mergers",
        "oil prices and the economy",
        "a bank or corporation reports quarterly profit",
        "jobs, trade deficits and interest rates",
        "factories and workers unions",
        "a tasty recipe",  # wrong on purpose
    ),
    "Sci/Tech": (
        "software, computers and the internet",
        "space missions and scientific research",
        "a new gadget or chip is released",
        "security flaws in an operating system",
        "scientists discover a species or planet",
        "video games and mobile phones",
    ),
    "Sports": (
        "a team wins a match or championship",
        "athletes compete at the Olympics",
        "a coach, a player and a season record",
        "baseball, football, basketball and tennis scores",
        "golf and Formula One results",
    ),
    "World": (
        "government, elections and diplomacy",
        "war, bombings and military attacks",
        "the president or prime minister speaks",
        "Iraq, Israel, Russia and the United Nations",
        "hostages, protests and police",
    ),
}
BANKING_SOUND = (
    "{}",
    "A customer asks about {}.",
    "My problem is {}.",
    "The intent is {}.",
    "This message is about {}.",
    "I need help with {}.",
    "A question to my bank: {}",
    "topic: {}",
    "Please tell me about {}.",
    "The customer writes to support about {}.",
    "I am contacting you because of {}.",
    "category: {}",
)
BANKING_POOR = (
    "the history of {}",
    "I like {}.",
    "a poem on {}",
    "{} {} {}",
    "buy {} online",
    "my favourite {} joke",
)

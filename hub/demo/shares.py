"""The one table of how often each trap of a dealer's data occurs in the demo network.

`docs/demo.md` prints this table; tests hold the generated files to it. A share is a fraction of what ``of`` names.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Share:
    """How often one trap occurs, of what, and what it looks like."""

    value: float
    of: str
    meaning: str


SHARES: dict[str, Share] = {
    # who the people are
    "several_dealers": Share(0.50, "people", "are customers of two to four dealers, each with its own errors"),
    "belarusian": Share(0.015, "households", "Belarusian surnames, often +375 phones"),
    "kazakh": Share(0.015, "households", "Kazakh names, some +7 70x phones"),
    "german": Share(0.012, "households", "German names: umlauts, ß, hyphens, particles; in Cyrillic or Latin"),
    "chinese": Share(0.015, "households", "Chinese names in Cyrillic, pinyin or Han characters"),
    "expatriate": Share(0.013, "households", "names from elsewhere, with apostrophes and particles"),
    "double_surname": Share(0.006, "people of Russian names", "two surnames with a hyphen"),
    "company": Share(0.06, "people", "companies, on top of the people"),
    "sole_trader": Share(0.025, "people", "are sole traders (ИП): people with a company's identifiers"),
    "fleet": Share(0.30, "companies", "have drivers who are people of their own"),
    "leased": Share(0.25, "companies' cars", "are leased: the company is the lessee"),
    # households
    "couple": Share(0.24, "households", "spouses"),
    "family": Share(0.14, "households", "spouses with one or two grown children"),
    "namesake": Share(0.02, "households", "father and son of one name, phone and address; patronymics differ"),
    "twins": Share(0.01, "households", "twins: one surname, patronymic, birth date and address"),
    "sisters": Share(0.015, "households", "sisters: one surname, patronymic and address"),
    "grandparents": Share(0.03, "households", "three generations under one roof"),
    "own_surname": Share(0.15, "wives", "kept their own surname"),
    "phone_of_spouse": Share(0.12, "wives", "give their husband's phone as their own"),
    "phone_of_child": Share(0.40, "grandparents", "give their child's phone as their own"),
    "kept_in_family": Share(
        0.30, "cars that people of a household give up", "go to another of the household, who owns them next"
    ),
    # names, per record of a person
    "patronymic_missing": Share(0.20, "records with a patronymic", "patronymic left out"),
    "maiden_name": Share(0.08, "records of wives who changed it", "surname before marriage, same phone"),
    "diminutive": Share(0.03, "records of people", "Саша for Александр"),
    "yo_as_ye": Share(0.60, "records with ё in the name", "ё written as е"),
    "typo_last": Share(0.02, "records of people", "a slip of the fingers in the surname"),
    "typo_first": Share(0.012, "records of people", "a slip of the fingers in the given name"),
    "typo_middle": Share(0.012, "records with a patronymic", "a slip of the fingers in the patronymic"),
    "initials": Share(0.025, "records of people", "Иванов И. П."),
    "transliterated": Share(0.035, "records of people in Cyrillic", "Latin letters, in one of three manners"),
    "wrong_layout": Share(0.015, "records of people in Cyrillic", "typed with the keyboard in Latin: Bdfyjd"),
    "swapped": Share(0.025, "records of people", "surname and given name change places"),
    "upper_case": Share(0.06, "records of people", "ИВАНОВ"),
    "lower_case": Share(0.012, "records of people", "иванов"),
    "latin_name": Share(0.45, "records of foreigners", "name in its own Latin spelling instead of Cyrillic"),
    "native_script": Share(0.10, "records of Chinese", "name in Han characters"),
    "gender_missing": Share(0.30, "records of people", "no gender"),
    # birth dates
    "birth_date_missing": Share(0.40, "records of people", "no birth date"),
    "birth_date_placeholder": Share(0.015, "records of people", "01.01.1900"),
    "birth_day_month": Share(0.010, "records of people, day ≤ 12", "day and month change places"),
    "birth_digit": Share(0.010, "records of people", "one digit of the birth date off"),
    # phones and e-mails
    "no_phone": Share(0.10, "records of people", "no usable phone, for any of the four reasons that follow"),
    "phone_blank": Share(0.062, "records of people", "phone left empty"),
    "phone_word": Share(0.012, "records of people", "«нет», «н/д», -, NULL in place of a phone"),
    "phone_placeholder": Share(0.014, "records of people", "79999999999 and the like"),
    "phone_of_dealer": Share(0.012, "records of people", "the dealer's own phone"),
    "phone_digit": Share(0.015, "records of people", "one digit of the phone off"),
    "second_phone": Share(0.10, "records of people", "another phone of the person, alone or beside the first"),
    "old_phone": Share(0.03, "records of people", "a number given up long ago"),
    "switchboard": Share(0.80, "records of the largest fleet's drivers", "the company's switchboard as their phone"),
    "email": Share(0.55, "people", "have an e-mail"),
    "email_given": Share(0.85, "records of parties with an e-mail", "hold it"),
    "email_placeholder": Share(0.02, "records of people", "noemail@…"),
    "email_of_dealer": Share(0.012, "records of people", "the dealer's own e-mail"),
    "email_word": Share(0.02, "records of people", "«нет» and the like in place of an e-mail"),
    # addresses
    "moved": Share(0.15, "people", "have moved: some dealers hold the old address"),
    "old_address": Share(0.35, "records of people who moved", "the address before moving"),
    "address_missing": Share(0.15, "records of people", "no street address"),
    # kinds
    "kind_blank": Share(0.06, "records", "kind left empty"),
    "kind_wrong": Share(0.02, "records", "person as company or company as person"),
    "trader_as_company": Share(0.30, "records of sole traders", "a sole trader as company"),
    "company_as_person": Share(0.05, "records of companies", "the company's name in the field for a surname"),
    "contact_person": Share(0.30, "records of companies", "a contact person's name beside the company's"),
    "tax_id_zero": Share(0.02, "records with a tax id", "0000000000"),
    "tax_id_digit": Share(0.01, "records with a tax id", "one digit off"),
    "house_account": Share(0.003, "records, at least one per dealer", "«Частное лицо», Клиент, ТЕСТ …"),
    # leads
    "lead_first_name_phone": Share(0.10, "leads", "a given name and a phone, nothing else of the person"),
    "lead_email_only": Share(0.04, "leads", "an e-mail, nothing else of the person"),
    "lead_no_phone": Share(0.03, "leads", "no usable phone: rarer than with customers"),
    "lead_known_customer": Share(0.40, "leads", "carry the number of a customer of that dealer"),
    "rival_lead": Share(0.15, "leads", "are followed by one at a rival dealer for the same brand within 30 days"),
    # the file itself
    "duplicate": Share(0.05, "records", "are a second record of a person the same dealer already has"),
    "missing_word": Share(0.02, "empty values", "«нет», «н/д», -, NULL where a value is missing"),
    "bad_value": Share(0.002, "records, at most 10 a file", "31.02. or text in the place of a date or number"),
    "bad_row": Share(0.0005, "records, at most 2 a file", "no record_no, or two differing rows under one"),
    "repeated_row": Share(0.002, "records", "the very same row twice in one file"),
    "formula": Share(0.001, "records", "=cmd() and the like in a text field"),
    "house_visit": Share(0.01, "service visits", "booked on a stand-in account"),
    "out_of_order": Share(0.003, "sales", "delivered before they were ordered"),
    "quotes_newline": Share(0.005, "records", "quotes, delimiters and line breaks inside a field"),
    "look_alike": Share(0.03, "VINs and plates", "Cyrillic letters that look like Latin ones, or Latin for Cyrillic"),
    # the second night
    "changed": Share(0.03, "records", "differ from the night before"),
    "moved_tonight": Share(0.006, "people", "gave a new address and phone to one dealer"),
    "married_tonight": Share(0.003, "women of Russian names", "took another surname"),
    "new_people": Share(0.01, "people", "appear for the first time on the second night"),
    "reused_number": Share(0.0005, "records, at least one", "record_no given to another person"),
    "withdrawn_tonight": Share(0.01, "consents", "withdrawn on the second night"),
    "sold_tonight": Share(0.005, "vehicles", "sold to another customer"),
    "dropped": Share(0.002, "records of full feeds", "no longer in the file"),
}


def share(name: str) -> float:
    """The fraction that the table gives for the trap ``name``; raises ``KeyError`` when there is none."""
    return SHARES[name].value


def markdown() -> str:
    """The table as Markdown, for the documentation."""
    lines = ["| trap | share | of | what it is |", "|---|---:|---|---|"]
    lines += [f"| `{name}` | {s.value:.2%} | {s.of} | {s.meaning} |" for name, s in SHARES.items()]
    return "\n".join(lines)

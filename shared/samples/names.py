"""Names of synthetic people: common given names, combined at random.

The lists hold given names that are common in West Java. No combination is taken from a real
person; one that matches somebody does so by accident.
"""

from __future__ import annotations

from typing import Literal

Sex = Literal["L", "P"]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


MALE = _words(
    "Aang Abdul Ade Agus Ahmad Aep Amir Andri Anwar Apep Asep Atang Ayi Bambang Bagus Cahya Cecep "
    "Cucu Dadan Dadang Dani Dede Deden Dedi Dendi Deni Didin Dodi Edi Eman Encep Endang Engkos "
    "Enjang Entis Eko Fajar Farid Firman Galih Ganjar Gilang Gugun Hadi Hasan Hendra Heri Husen "
    "Ibnu Iding Ilham Iman Irfan Iwan Jajang Jaka Jamal Jejen Juhana Kiki Koswara Kurnia Lukman "
    "Maman Mansur Mulyana Nana Nandang Nanang Nurdin Odang Oman Otong Pepen Rahmat Rangga Rian "
    "Rizki Robi Rohman Rudi Rukman Saeful Samsudin Sandi Sarip Solihin Sugandi Suherman Sukarna "
    "Surya Tatang Taufik Tedi Tono Toto Ujang Unang Usep Wahyu Wawan Wildan Yadi Yana Yayan Yogi "
    "Yusuf Zaenal"
)
FEMALE = _words(
    "Aam Ai Aisyah Alya Ani Anisa Atikah Ayu Cicih Cucun Dede Desi Devi Dewi Diah Dini Eha Eka "
    "Elis Ema Enah Endah Eneng Engkom Enok Entin Erni Erna Eti Euis Evi Fatimah Fitri Hana Heni "
    "Hesti Ida Iis Ika Imas Ina Indah Intan Ipah Irma Isah Iting Juju Kania Kartika Khadijah "
    "Komala Kokom Lilis Lina Lisna Maemunah Mala Mamah Maryam Mega Mimin Mira Mulyati Nani Neneng "
    "Neng Nia Nina Nining Nisa Nita Nunung Nur Nurhayati Nuri Odah Onah Popon Putri Rahma Rani "
    "Ratna Reni Resti Rina Rini Rismawati Rita Rohaeti Rosita Rukmini Salma Santi Sari Siti "
    "Sopiah Sri Sumiati Suryani Susi Tati Tika Tini Titin Tuti Ucu Wati Widia Winda Yani Yayah "
    "Yeni Yeti Yuli Yuyun Zahra"
)
MALE_SECOND = _words(
    "Abdurahman Adiwinata Firmansyah Gunawan Hermawan Hidayat Hidayatulloh Iskandar Kartiwa "
    "Kosasih Kurniawan Kusnadi Maulana Mulyadi Nugraha Permadi Permana Pratama Purnama Rahmadi "
    "Ramdani Rohendi Rosadi Ruhiyat Rustandi Saepudin Sanjaya Saputra Setiadi Setiawan Sobandi "
    "Somantri Sopandi Suganda Suhendar Suhendi Sukmana Sulaeman Supriadi Suparman Suryadi Suryana "
    "Sutisna Suwandi Taryana Wahyudi Wiguna Wijaya Wiratma Yulianto Zakaria"
)
FEMALE_SECOND = _words(
    "Agustina Anggraeni Apriliani Aryani Astuti Damayanti Fadilah Handayani Haryati Hasanah "
    "Herawati Herlina Hidayah Julaeha Karlina Karwati Komalasari Kurniasih Kusmiati Lestari "
    "Lisnawati Maesaroh Marlina Maryati Mulyani Mustika Ningrum Ningsih Nuraeni Nurhasanah "
    "Nurjanah Nurlaela Oktaviani Permatasari Puspita Rahayu Rahmawati Ratnasari Rohayati Rohmah "
    "Rosdiana Rosmiati Rukmana Safitri Sartika Setiawati Sukaesih Sulastri Suminar Suryati "
    "Susilawati Utami Wahyuni Yulianti"
)
LANES = _words(
    "Melati Mawar Kenanga Anggrek Cempaka Dahlia Flamboyan Kamboja Teratai Seruni Rajawali "
    "Merpati Kutilang Kenari Cendrawasih Nuri Merak Kelapa Mangga Jambu Salak Durian Rambutan "
    "Duku Sirsak Delima Pisang Sawo Kemuning Bougenville Alamanda Nangka Manggis Srikaya "
    "Belimbing Kedondong"
)


def pick(words: tuple[str, ...], chance: float) -> str:
    """Return the word that a chance in [0, 1) selects."""
    return words[int(chance * len(words))]


def person_name(sex: Sex, first: float, second: float, shape: float) -> str:
    """Return a name as on the KTP, of one (6 %), two or three words, from chances in [0, 1)."""
    given, family = (MALE, MALE_SECOND) if sex == "L" else (FEMALE, FEMALE_SECOND)
    name = pick(given, first)
    if shape < 0.06:
        return name.upper()
    if shape > 0.82:
        # the fraction of the first chance is as good as a fresh one
        middle = pick(given, (first * 7919.0) % 1.0)
        name = name if middle == name else f"{name} {middle}"
    return f"{name} {pick(family, second)}".upper()

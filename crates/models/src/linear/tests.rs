use super::*;

/// The Hilbert matrix of three columns; its inverse is whole numbers.
fn hilbert() -> Symmetric {
    Symmetric::new(3, |i, j| 1.0 / (i + j + 1) as f64)
}

#[test]
fn the_inverse_of_the_hilbert_matrix_is_whole_numbers() {
    let decomposed = hilbert().decompose().unwrap();
    let inverse = decomposed.inverse();
    let expected = [[9.0, -36.0, 30.0], [-36.0, 192.0, -180.0], [30.0, -180.0, 180.0]];
    for (i, row) in expected.iter().enumerate() {
        for (j, value) in row.iter().enumerate() {
            assert!((inverse.at(i, j) - value).abs() < 1e-9, "{i} {j} {}", inverse.at(i, j));
        }
    }
    assert!((decomposed.ln_determinant() - (1.0_f64 / 2160.0).ln()).abs() < 1e-10);
    let solved = decomposed.solve(&hilbert().times(&[1.0, -2.0, 3.0])).unwrap();
    assert!(solved.iter().zip([1.0, -2.0, 3.0]).all(|(a, b)| (a - b).abs() < 1e-9), "{solved:?}");
    assert!(decomposed.solve(&[1.0]).is_err());
}

#[test]
fn what_is_not_positive_definite_is_refused() {
    let saddle = Symmetric::new(2, |i, j| if i == j { 1.0 } else { 2.0 });
    assert_eq!(saddle.decompose().unwrap_err(), LearnError::NotPositiveDefinite);
    let broken = Symmetric::new(2, |_, _| f64::NAN);
    assert_eq!(broken.decompose().unwrap_err(), LearnError::NotPositiveDefinite);
    assert!(broken.eigen().is_err());
}

#[test]
fn eigenvalues_come_largest_first_with_their_vectors() {
    // [[2, 1], [1, 2]] has the eigenvalues 3 and 1.
    let matrix = Symmetric::new(2, |i, j| if i == j { 2.0 } else { 1.0 });
    let eigen = matrix.eigen().unwrap();
    let root = 0.5_f64.sqrt();
    let expected = [(3.0, [root, root]), (1.0, [root, -root])];
    for (place, (value, vector)) in expected.iter().enumerate() {
        assert!((eigen.values[place] - value).abs() < 1e-12);
        assert!(eigen.vectors[place].iter().zip(vector).all(|(a, b)| (a - b).abs() < 1e-12));
    }
}

#[test]
fn a_column_that_is_a_sum_of_others_is_found_with_them() {
    let rows: Vec<[f64; 4]> = (0..20)
        .map(|i| {
            let (a, b, c) = (f64::from(i), f64::from(i * i % 7), f64::from(i * 3 % 5));
            [a, b, c, 2.0 * a - c]
        })
        .collect();
    let products = Symmetric::new(4, |i, j| rows.iter().map(|row| row[i] * row[j]).sum());
    assert_eq!(products.first_dependent(1e-10), Some((3, vec![0, 2])));
    let first_three = Symmetric::new(3, |i, j| products.at(i, j));
    assert_eq!(first_three.first_dependent(1e-10), None);
}
